//! Layer 7. Tables and pictures for people: rows on a terminal, CSV, and one HTML page for an evaluation.

mod csv;
mod html;
mod plots;
pub mod svg;
mod table;

pub use csv::SongCsv;
pub use html::evaluation_page;
pub use table::{SongTable, plain};
