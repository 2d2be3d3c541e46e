//! `tunevote spectrogram`: the picture that a network reads, as a PNG.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use half::f16;

use super::device::DeviceArgs;
use super::files::check_target;
use super::image::grey_png;
use super::model::any_model;
use crate::audio::Stream;
use crate::pictures::Painter;
use crate::signal::front_end::{CqtFrontEnd, FrontEnd, MelFrontEnd, MfccFrontEnd, SoxFrontEnd};
use crate::weights::write_whole;

/// Paint the spectrogram of a song as a PNG
///
/// The picture is the one that a network reads: time from left to right, frequency from the bottom up.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote spectrogram song.mp3 -o song.png\n  \
                        tunevote spectrogram song.mp3 -o song.png --profile sox")]
pub struct SpectrogramArgs {
    /// The song
    song: PathBuf,
    /// The picture to write
    #[arg(short, long, value_name = "OUT.png")]
    out: PathBuf,
    /// Which front end paints
    #[arg(long, value_enum, default_value_t = Profile::Mel, conflicts_with = "model")]
    profile: Profile,
    /// Paint what this model reads
    #[arg(long, value_name = "M.safetensors")]
    model: Option<PathBuf>,
    /// Print size, front end and file as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// A front end by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// The grey picture of `sox spectrogram -Y 200 -X 50 -m -r`, at the song's own rate
    Sox,
    /// Mel bands in decibels, as `compact` reads them
    Mel,
    /// 84 constant-Q filters from C1 in decibels, at 22.05 kHz
    Cqt,
    /// 20 mel-frequency cepstral coefficients at 22.05 kHz, the one that tells the loudness at the bottom
    Mfcc,
    /// Mel bands and constant-Q filters above them, as `three-branch` reads them
    ThreeBranch,
    /// Mel bands, as the `gtzan` networks read them
    Gtzan,
    /// The same as the GTZAN paper has it: short songs are filled up with 0 dB
    GtzanPaper,
    /// The mel bands of the KUBIG paper, whose decibels are doubled
    KubigPaper,
}

pub(super) fn run(args: &SpectrogramArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    check_target(&args.out, [&args.song].into_iter().chain(&args.model))?;
    let front_end = match (&args.model, args.profile) {
        (Some(path), _) => any_model(Some(path))?.card.front_end,
        (None, Profile::Mel) => FrontEnd::Mel(MelFrontEnd::compact()),
        (None, Profile::Cqt) => FrontEnd::Cqt(CqtFrontEnd::seven_octaves(22_050)),
        (None, Profile::Mfcc) => FrontEnd::Mfcc(MfccFrontEnd::librosa(22_050)),
        (None, Profile::ThreeBranch) => FrontEnd::three_branch(),
        (None, Profile::Gtzan) => FrontEnd::gtzan(),
        (None, Profile::GtzanPaper) => FrontEnd::gtzan_paper(),
        (None, Profile::KubigPaper) => FrontEnd::kubig_paper(),
        (None, Profile::Sox) => FrontEnd::Sox(SoxFrontEnd::at(Stream::open(&args.song, None)?.rate())),
    };
    let engine = args.device.open()?;
    let painter = Painter::new(&engine, &front_end)?;
    let mut stream = Stream::open(&args.song, Some(front_end.rate()))?;
    // Two hours are 46 million values: 16 bits of each are enough for 8 bits of grey.
    let mut columns = Vec::new();
    let width = painter.paint(&mut |samples, wanted| stream.read(samples, wanted), &mut |part| {
        columns.extend(part.iter().map(|&value| f16::from_f32(value)));
        Ok(())
    })? as usize;
    anyhow::ensure!(width > 0, "{}: the song is shorter than one column of the picture", args.song.display());
    let rows = front_end.rows() as usize;
    write_whole(&args.out, &png(&front_end, &columns, rows)?)?;
    if args.json {
        let facts = serde_json::json!({
            "path": args.song.display().to_string(), "out": args.out.display().to_string(),
            "width": width, "height": rows, "front_end": front_end,
        });
        writeln!(out, "{facts}")?;
    }
    Ok(0)
}

/// The picture in grey, rows from the top down. `sox` has levels of its own, 0 to 250, which SoX's palette spreads
/// over all greys; others are stretched over the picture's own range, coefficients each over its own, as the first dwarfs all others.
fn png(front_end: &FrontEnd, columns: &[f16], rows: usize) -> anyhow::Result<Vec<u8>> {
    let whole = range(columns.iter());
    let row = |y: usize| -> Vec<u8> {
        let row = if front_end.lowest_first() { rows - 1 - y } else { y };
        let values = || columns[row..].iter().step_by(rows);
        let (low, high) = if matches!(front_end, FrontEnd::Mfcc(_)) { range(values()) } else { whole };
        let level = |value: f32| match front_end {
            FrontEnd::Sox(_) => ((value * 255.0 - 4.0).round() * 255.0 / 250.0).round() as u8,
            _ => ((value - low) / (high - low).max(1e-9) * 255.0).round() as u8,
        };
        values().map(|value| level(value.to_f32())).collect()
    };
    grey_png(columns.len() / rows, rows, (0..rows).map(row))
}

/// The lowest and the highest value.
fn range<'a>(values: impl Iterator<Item = &'a f16>) -> (f32, f32) {
    values.map(|value| value.to_f32()).fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)))
}
