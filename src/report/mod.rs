//! Layer 7. Tables and pictures for people: rows on a terminal, CSV, and an evaluation as text and as one HTML page.

mod csv;
mod html;
mod plots;
mod summary;
pub mod svg;
mod table;

pub use csv::SongCsv;
pub use html::evaluation_page;
pub use summary::evaluation_text;
pub use table::{SongTable, plain};
