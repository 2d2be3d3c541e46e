//! `tunevote explain`: where a network looked, and whether that means anything.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::{bail, ensure};
use base64::Engine as _;
use clap::Args;
use indicatif::ProgressBar;

use super::device::DeviceArgs;
use super::files::{Files, check_target};
use super::image::{grey_png, rgb_png};
use super::model::model;
use super::songs::warn;
use super::thresholds::ThresholdArgs;
use super::training::on_interrupt;
use crate::explain::{Explained, Explainer, Map, Options};
use crate::listen::{Heard, Listener};
use crate::plan::{PlanOptions, Variables};
use crate::predict::Predictor;
use crate::report::{AskedPictures, ExplainPage, explain_page, explain_text};
use crate::signal::front_end::FrontEnd;
use crate::vote::Record;
use crate::weights::write_whole;

/// Tell why a song got its genre: where the network looked, slice by slice
///
/// Writes one HTML page that needs nothing else: the votes of all slices over the song's spectrogram, what Grad-CAM marks in it, and for some slices what is missed when parts
/// of them are covered. Whether such maps mean anything is measured, by covering slices in their order and in that of maps at random.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote explain song.mp3 -o why.html\n  tunevote explain song.mp3 --model mine.safetensors --ask 8 -o why.html\n\n\
                        Exit code: 0, 2 for wrong use or a song that cannot be read, 130 after Ctrl-C."
)]
pub struct ExplainArgs {
    /// The song
    song: PathBuf,
    /// A model file that `train` wrote; without it, the one that comes with the program
    #[arg(long, value_name = "M.safetensors")]
    model: Option<PathBuf>,
    /// The page to write
    #[arg(short, long, value_name = "OUT.html")]
    out: PathBuf,
    /// Slices that are covered bit by bit
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=1000))]
    ask: u16,
    /// Maps at random with which each map is compared
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=999))]
    others: u16,
    /// Cells of a slice down and across that are covered at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=128))]
    cells: u16,
    /// Slices that go through the network at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// Seed of the maps at random
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the vote and what the maps are worth as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Pixels a row of the song's picture at most: browsers draw no wider ones.
const WIDEST: usize = 4096;

pub(super) fn run(args: &ExplainArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    check_target(&args.out, [&args.song].into_iter().chain(&args.model))?;
    let model = model(args.model.as_deref())?;
    let thresholds = args.thresholds.over(model.card.thresholds);
    let stop = on_interrupt()?;
    let engine = args.device.open()?;
    let front_end = &model.card.front_end;
    let batch = usize::from(args.batch);
    let mut variables = Variables::new(&engine);
    model.load(&mut variables)?;
    let predictor = Predictor::shared(&model.card, &variables, batch, PlanOptions::default())?;
    let listener = Listener::new(&engine, front_end, predictor)?.keeping_slices();
    let mut heard = Heard::default();
    let files = Files::find(std::slice::from_ref(&args.song))?;
    ensure!(!args.song.is_dir(), "{}: this is a folder; one song is explained at a time", args.song.display());
    listener.run(files.songs(front_end.rate()), |song| {
        heard = song;
        Ok(())
    })?;
    if let Some(error) = &heard.error {
        bail!("{error}");
    }
    heard.warnings.iter().for_each(|warning| warn(&format!("{}: {warning}", args.song.display())));
    let labels = &model.card.labels;
    let rows = std::mem::take(&mut heard.rows);
    let record = Record::from_slices(heard.path.clone(), labels, rows, &thresholds, heard.seconds, model.name())?;
    ensure!(record.slices.total > 0, "{}: the song is shorter than one slice of this model", args.song.display());
    let options = Options {
        asked: usize::from(args.ask),
        others: usize::from(args.others),
        cells: usize::from(args.cells),
        batch,
        seed: args.seed,
    };
    let slices: Vec<f32> = heard.slices.iter().map(|value| value.to_f32()).collect();
    let bar = ProgressBar::new(options.asked as u64).with_message("slices");
    let mut done = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        !stop.load(Ordering::Relaxed)
    };
    let explained = Explainer::new(&model.card, &variables, options)?.explain(&record, &slices, &mut done)?;
    bar.finish_and_clear();
    if stop.load(Ordering::Relaxed) {
        return Ok(130);
    }
    let Some(explained) = explained else {
        bail!("{}: no slice has usable probabilities", args.song.display());
    };
    let page = page(front_end, &record, &explained, &slices)?;
    write_whole(&args.out, page.as_bytes())?;
    if args.json {
        let told = serde_json::json!({
            "record": record, "class": labels[explained.class], "grad_cam": explained.cam, "occlusion": explained.occlusion,
            "out": args.out.display().to_string(),
        });
        writeln!(out, "{told}")?;
    } else {
        write!(out, "{}", explain_text(&record, &explained))?;
        writeln!(out, "wrote {}", args.out.display())?;
    }
    Ok(0)
}

fn page(front_end: &FrontEnd, record: &Record, explained: &Explained, slices: &[f32]) -> anyhow::Result<String> {
    let painting = Painting::new(front_end, slices, record.slices.total);
    let heats: Vec<_> = explained.maps.iter().map(|map| map.resized(painting.size)).collect();
    let most = heats.iter().flat_map(|map| &map.values).copied().fold(0.0, f32::max).max(f32::MIN_POSITIVE);
    let plain = painting.song(None)?;
    let marked = if heats.is_empty() { String::new() } else { painting.song(Some((&heats, most)))? };
    let asked = explained.asked.iter().map(|asked| {
        let of = |map: &Map| {
            let map = map.resized(painting.size);
            let most = map.values.iter().copied().fold(0.0, f32::max).max(f32::MIN_POSITIVE);
            painting.slice(asked.slice, Some((&map, most)))
        };
        Ok(AskedPictures {
            slice: painting.slice(asked.slice, None)?,
            cam: explained.maps.get(asked.slice).map_or(Ok(String::new()), of)?,
            occlusion: of(&asked.occlusion)?,
        })
    });
    let asked = asked.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(explain_page(ExplainPage { record, explained, front_end, song: [&plain, &marked], asked: &asked }))
}

/// A song's slices as pictures.
struct Painting<'a> {
    slices: &'a [f32],
    total: usize,
    size: [usize; 2],
    hop: usize,
    lowest_first: bool,
    /// The least and the greatest value, which are black and white.
    range: [f32; 2],
}

impl<'a> Painting<'a> {
    fn new(front_end: &FrontEnd, slices: &'a [f32], total: usize) -> Self {
        let range = slices.iter().fold([f32::MAX, f32::MIN], |[low, high], &v| [low.min(v), high.max(v)]);
        let geometry = front_end.slices();
        Self {
            slices,
            total,
            size: geometry.size(),
            hop: geometry.hop as usize,
            lowest_first: front_end.lowest_first(),
            range,
        }
    }

    /// A pixel of a slice: grey, and how strongly it is marked, both from 0 to 1.
    fn pixel(&self, slice: usize, row: usize, column: usize, heat: Option<(&Map, f32)>) -> [f32; 2] {
        let [height, width] = self.size;
        let row = if self.lowest_first { height - 1 - row } else { row };
        let at = row * width + column;
        let [low, high] = self.range;
        let grey = (self.slices[slice * height * width + at] - low) / (high - low).max(f32::MIN_POSITIVE);
        [grey, heat.map_or(0.0, |(map, most)| (map.values[at] / most).clamp(0.0, 1.0))]
    }

    /// One slice.
    fn slice(&self, slice: usize, heat: Option<(&Map, f32)>) -> anyhow::Result<String> {
        let [height, width] = self.size;
        let pixel = |row, column| self.pixel(slice, row, column, heat);
        picture(width, height, heat.is_some(), &pixel)
    }

    /// All slices side by side, as they follow each other in time; of a long song several columns share a pixel.
    fn song(&self, heats: Option<(&[Map], f32)>) -> anyhow::Result<String> {
        let [height, width] = self.size;
        let columns = (self.total - 1) * self.hop + width;
        let shown = columns.min(WIDEST);
        let column = |row: usize, column: usize| {
            // The last slice that has it, where they overlap; a gap between slices is black.
            let slice = (column / self.hop).min(self.total - 1);
            let inside = column - slice * self.hop;
            if inside >= width {
                return [0.0; 2];
            }
            self.pixel(slice, row, inside, heats.map(|(maps, most)| (&maps[slice], most)))
        };
        let pixel = |row: usize, at: usize| {
            let (from, to) = (at * columns / shown, ((at + 1) * columns / shown).max(at * columns / shown + 1));
            let sum = (from..to).map(|at| column(row, at)).fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
            sum.map(|sum: f32| sum / (to - from) as f32)
        };
        picture(shown, height, heats.is_some(), &pixel)
    }
}

/// What marks look like over white and over black.
const MARK: [f32; 3] = [255.0, 120.0, 0.0];

/// A PNG in base64, in colour where something is marked.
fn picture(
    width: usize,
    height: usize,
    marked: bool,
    pixel: &dyn Fn(usize, usize) -> [f32; 2],
) -> anyhow::Result<String> {
    let bytes = if marked {
        let row = |row: usize| {
            let colour = |column: usize| {
                let [grey, heat] = pixel(row, column);
                let share = 0.8 * heat;
                MARK.map(|mark| ((1.0 - share) * 255.0 * grey + share * mark).round() as u8)
            };
            (0..width).flat_map(colour).collect::<Vec<_>>()
        };
        rgb_png(width, height, (0..height).map(row))?
    } else {
        let row = |row: usize| (0..width).map(|column| (255.0 * pixel(row, column)[0]).round() as u8).collect();
        grey_png(width, height, (0..height).map(row))?
    };
    Ok(base64::engine::general_purpose::STANDARD.encode(bytes))
}
