//! Everything that can be checked without a GPU.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../reference/mod.rs"]
mod reference;

#[cfg(feature = "decode")]
mod audio;
#[cfg(feature = "cli")]
mod cli_models;
mod cli_vote;
mod contract;
#[cfg(feature = "cli")]
mod data_batches;
#[cfg(feature = "cli")]
mod data_cache;
#[cfg(feature = "cli")]
mod data_folds;
#[cfg(feature = "cli")]
mod data_layouts;
#[cfg(feature = "cli")]
mod data_lists;
#[cfg(feature = "cli")]
mod data_loader;
#[cfg(feature = "cli")]
mod data_songs;
#[cfg(feature = "cli")]
mod data_split;
#[cfg(feature = "cli")]
mod data_targets;
#[cfg(feature = "cli")]
mod data_wear;
#[cfg(feature = "cli")]
mod data_zoom;
#[cfg(feature = "cli")]
mod doctor;
mod front_cqt;
mod front_end;
mod front_mel;
#[cfg(feature = "decode")]
mod front_real;
mod front_reference;
mod front_sox;
#[cfg(feature = "cli")]
mod gan;
mod graph;
#[cfg(feature = "cli")]
mod grid;
#[cfg(feature = "cli")]
mod import;
#[cfg(feature = "cli")]
mod kernel_references;
#[cfg(feature = "cli")]
mod kfold;
mod layers;
#[cfg(feature = "cli")]
mod losses;
mod metrics;
#[cfg(feature = "cli")]
mod nn;
mod pytorch;
mod record;
#[cfg(feature = "cli")]
mod report;
mod roc;
#[cfg(feature = "cli")]
mod schedules;
#[cfg(feature = "cli")]
mod second_look;
mod slicer;
#[cfg(feature = "cli")]
mod spectral;
mod study;
#[cfg(feature = "cli")]
mod synth;
#[cfg(feature = "cli")]
mod synth_baseline;
#[cfg(feature = "cli")]
mod table1;
mod temperature;
#[cfg(feature = "cli")]
mod tune;
mod variants;
mod vote;
mod weights;
