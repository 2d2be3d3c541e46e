//! The suite of sound: pictures of clips in memory, and songs to verdicts.

use super::{Benchmark, Measured, time};
use crate::classify::{Classifier, Song};
use crate::error::Result;
use crate::gpu::{Cost, Engine};
use crate::pictures::Painter;
use crate::reference::compare::noise;
use crate::signal::front_end::{CqtFrontEnd, Decibels, FrontEnd, MelFrontEnd, SoxFrontEnd};
use crate::weights::ModelFile;

/// Seconds of a clip, as data sets of music have them.
const CLIP: usize = 30;
/// Seconds of a song.
const SONG: usize = 180;

/// What librosa's `melspectrogram` and `power_to_db` make with their own defaults.
fn librosa() -> MelFrontEnd {
    let usual = MelFrontEnd::librosa(22_050);
    MelFrontEnd { to_db: Decibels { amin: 1e-10, top_db: Some(80.0), ..usual.to_db }, ..usual }
}

/// Samples of read block by block.
fn sound(samples: &[f32]) -> impl FnMut(&mut Vec<f32>, usize) -> Result<usize> {
    let mut at = 0;
    move |out, wanted| {
        let end = (at + wanted).min(samples.len());
        out.extend_from_slice(&samples[at..end]);
        Ok(end - std::mem::replace(&mut at, end))
    }
}

/// All rows.
pub(super) fn benchmarks(model: &ModelFile) -> Vec<Benchmark<'_>> {
    let fronts = [
        ("log_mel", FrontEnd::Mel(librosa())),
        ("sox_picture", FrontEnd::Sox(SoxFrontEnd::at(44_100))),
        ("cqt_picture", FrontEnd::Cqt(CqtFrontEnd::seven_octaves(22_050))),
        ("three_branch_picture", FrontEnd::three_branch()),
    ];
    let picture = |(name, front_end): (&'static str, FrontEnd)| {
        let shape = format!("1x{}", CLIP * front_end.rate() as usize);
        Benchmark::new(name, shape, move |engine| paint(engine, &front_end))
    };
    let mut all: Vec<_> = fronts.into_iter().map(picture).collect();
    let shape = format!("1x{}", SONG * model.card.front_end.rate() as usize);
    all.push(Benchmark::new("classify", shape, |engine| classify(engine, model)));
    all
}

/// One clip a call, from samples to columns in the host's memory.
fn paint(engine: &Engine, front_end: &FrontEnd) -> Measured {
    let samples = noise(CLIP * front_end.rate() as usize, 1);
    let painter = Painter::new(engine, front_end)?;
    let mut values = 0;
    let timing = time(|times| {
        (0..times).try_for_each(|_| {
            values = 0;
            painter.paint(&mut sound(&samples), &mut |columns| {
                values += columns.len();
                Ok(())
            })?;
            Ok(())
        })
    })?;
    let (plan, columns) = painter.plan();
    let chunks = (values / front_end.rows() as usize) as f64 / columns as f64;
    let flops = plan.recording().cost().flops * chunks;
    Ok((timing, Some(Cost { flops, bytes: 4.0 * (samples.len() + values) as f64 })))
}

/// A song in memory to its verdict: transforms, network, vote.
fn classify(engine: &Engine, model: &ModelFile) -> Measured {
    let classifier = Classifier::new(engine, model, "bench", model.card.thresholds, 32)?;
    let samples = noise(SONG * classifier.rate() as usize, 1);
    let timing = time(|times| {
        let songs = (0..times).map(|_| Song { path: "noise".into(), samples: Box::new(sound(&samples)) });
        classifier.run(songs, |_| Ok(()))
    })?;
    Ok((timing, None))
}
