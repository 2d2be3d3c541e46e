//! Layer 7. Tables and pictures for people: rows on a terminal, CSV, an evaluation as text and as one HTML page, and kernels
//! against their formulas.

mod csv;
mod explain;
mod grid;
mod html;
mod kernels;
mod kfold;
mod plots;
mod roc;
mod study;
mod summary;
pub mod svg;
mod table;
mod tags;

pub use csv::SongCsv;
pub use explain::{AskedPictures, ExplainPage, explain_page, explain_text};
pub use grid::{grid_csv, grid_svg, grid_text};
pub use html::evaluation_page;
pub use kernels::family_text;
pub use kfold::{kfold_confusion, kfold_page, kfold_text};
pub use roc::roc_plot;
pub use study::{StudyPicture, study_csv, study_page, study_text};
pub use summary::evaluation_text;
pub use table::{SongTable, aligned, plain};
pub use tags::{TagCsv, tags_text};
