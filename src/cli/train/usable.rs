//! The songs that can be used, and the other files of them.

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::cli::songs::warn;
use crate::data::Dataset;
use crate::signal::front_end::FrontEnd;
use crate::train::{Gathered, RunPlan};

/// The songs that have a slice, and their pictures; says which warnings are new without the others.
pub(super) fn usable(
    gathered: Gathered,
    all: &Dataset,
    front_end: &FrontEnd,
    warnings: &[String],
) -> anyhow::Result<(Dataset, Gathered)> {
    let short = gathered.slices(all, front_end).iter().filter(|&&slices| slices == 0).count();
    let short = short - gathered.failed.len();
    if short > 0 {
        warn(&format!("{short} of the songs are shorter than one slice and take no part"));
    }
    let (all, gathered) = gathered.usable(all, front_end);
    let later = all.check_for_training().context("without the songs that cannot be used")?;
    later.iter().filter(|warning| !warnings.contains(warning)).for_each(|warning| warn(warning));
    Ok((all, gathered))
}

/// Adds the pictures of the coded files of songs that teach, if the plan takes slices from them; whether it went on to the end.
pub(super) fn coded(
    gathered: &mut Gathered,
    all: &Dataset,
    teach: &BTreeSet<usize>,
    plan: &RunPlan,
    read: &dyn Fn(&Dataset) -> anyhow::Result<Option<Gathered>>,
) -> anyhow::Result<bool> {
    if plan.augment.wear.coded > 0.0 {
        let (coded, places) = all.coded(teach);
        let Some(coded) = read(&coded)? else { return Ok(false) };
        gathered.failed.extend(coded.failed);
        gathered.coded = coded.pictures.into_iter().map(|(song, picture)| (places[song], picture)).collect();
    }
    Ok(true)
}
