//! The library in a few lines: a model, an engine, a song, a verdict.
//!
//! `cargo run --example classify -- song.mp3`; without a song it plays one itself: ten seconds of a chord.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::f32::consts::TAU;
use std::path::Path;
use std::process::ExitCode;

use tunevote::audio::Stream;
use tunevote::blocking::in_parallel;
use tunevote::classify::{Classifier, Song};
use tunevote::gpu::{AdapterChoice, Engine, Features};
use tunevote::weights::ModelFile;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> tunevote::Result<()> {
    let model = ModelFile::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/default.safetensors")))?;
    let engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All))?.with_workers(in_parallel);
    let classifier = Classifier::new(&engine, &model, "default", model.card.thresholds, 32)?;
    let rate = classifier.rate();
    let song = match std::env::args().nth(1) {
        Some(path) => {
            let stream = Stream::open(Path::new(&path), Some(rate))?;
            Song { path, samples: Box::new(stream) }
        }
        None => chord(rate),
    };
    classifier.run(std::iter::once(song), |record| {
        println!("{}: {:?} {:?} {}", record.path, record.status, record.genre, record.reason.unwrap_or_default());
        Ok(())
    })
}

/// Ten seconds of three sines.
fn chord(rate: u32) -> Song<'static> {
    let mut at = 0;
    let samples = move |out: &mut Vec<f32>, wanted: usize| {
        let count = wanted.min(10 * rate as usize - at);
        let tone = |at: usize, hz: f32| (TAU * hz * at as f32 / rate as f32).sin();
        out.extend((at..at + count).map(|at| 0.2 * (tone(at, 220.0) + tone(at, 277.2) + tone(at, 329.6))));
        at += count;
        Ok(count)
    };
    Song { path: "a chord".into(), samples: Box::new(samples) }
}
