//! Layer 7. Tables and pictures for people: rows on a terminal, CSV, an evaluation as text and as one HTML page, and kernels
//! against their formulas.

mod csv;
mod grid;
mod html;
mod kernels;
mod plots;
mod study;
mod summary;
pub mod svg;
mod table;
mod tags;

pub use csv::SongCsv;
pub use grid::{grid_csv, grid_svg, grid_text};
pub use html::evaluation_page;
pub use kernels::family_text;
pub use study::{StudyPicture, study_csv, study_page, study_text};
pub use summary::evaluation_text;
pub use table::{SongTable, plain};
pub use tags::{TagCsv, tags_text};
