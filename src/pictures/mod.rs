//! Layer 5. Songs as pictures: samples stream in, columns of network input stream out, painted by the GPU in chunks.

mod canvas;
mod painter;
mod slicer;
mod source;

pub use painter::{Paint, Painter};
pub use slicer::Slicer;
pub use source::Samples;
