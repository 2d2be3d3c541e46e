//! The graph that turns a chunk of samples into a chunk of columns.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::{Banded, Graph, Id, Stft, StftPadding};
use crate::shape::{Reduction, Unary};
use crate::signal::front_end::{DbReference, Floor, FrontEnd, MelFrontEnd, SoxFrontEnd};
use crate::signal::mel::MelBank;
use crate::signal::sox::{FFT, MAX_WINDOWS, ROWS};
use crate::signal::window::hann_periodic;

/// Sizes of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Columns.
    pub columns: usize,
    /// Frames a column.
    pub blocks: usize,
    /// Samples that they need.
    pub samples: usize,
    /// Rows of the window table.
    pub windows: usize,
}

/// Inputs `samples` (1,L), and for `sox` also `windows` (R,n_fft) and `rows` (T words); output `columns` (C, rows of the
/// picture): network input, or bare decibels where they refer to the whole song.
pub(super) fn graph(front_end: &FrontEnd, columns: usize) -> Result<(Graph, Chunk)> {
    let mut g = Graph::new();
    let chunk = match front_end {
        FrontEnd::Sox(sox) => {
            let geometry = sox.geometry()?;
            let frames = columns * geometry.blocks();
            let samples = whole_vec4s((frames - 1) * geometry.step() + FFT);
            let chunk = Chunk { columns, blocks: geometry.blocks(), samples, windows: MAX_WINDOWS };
            let picture = sox_picture(&mut g, sox, geometry.step(), chunk)?;
            g.output("columns", picture)?;
            chunk
        }
        FrontEnd::Mel(mel) => {
            let samples = whole_vec4s((columns - 1) * mel.hop as usize + mel.n_fft as usize);
            let chunk = Chunk { columns, blocks: 1, samples, windows: 1 };
            let picture = mel_picture(&mut g, mel, front_end.needs_whole_song(), chunk)?;
            g.output("columns", picture)?;
            chunk
        }
        FrontEnd::Features(_) => {
            let problem = "features are made by a network, not painted".into();
            return Err(Error::Argument { operation: "pictures", problem });
        }
    };
    Ok((g, chunk))
}

/// As many samples, and up to three that no frame reads: the transform then needs no kernel that looks at each sample of the last
/// frame, which would take longer to compile than a song to paint.
fn whole_vec4s(samples: usize) -> usize {
    samples.next_multiple_of(4)
}

/// Rows come out from DC up; SoX's picture has Nyquist on top, which the painter turns round.
fn sox_picture(g: &mut Graph, sox: &SoxFrontEnd, hop: usize, chunk: Chunk) -> Result<Id> {
    let x = g.input("samples", [1, chunk.samples])?;
    let windows = g.input("windows", [chunk.windows, FFT])?;
    let rows = g.input("rows", [chunk.columns * chunk.blocks])?;
    let stft = Stft { n_fft: FFT, hop, start: 0, padding: StftPadding::Zero };
    let spectrum = g.stft(x, windows, rows, stft)?;
    let power = g.power(spectrum)?;
    let blocks = g.reshape(power, [ROWS, chunk.columns, chunk.blocks])?;
    let mean = g.reduce(Reduction::Mean, blocks, &[2])?;
    let columns = g.transpose(mean, &[1, 0])?;
    // A power far below black stays black; the logarithm needs some floor.
    let range = sox.range_db as f32;
    let levels = f32::from(sox.brightest) - 1.0;
    let mut x = g.unary(Unary::Decibel(1e-30), columns)?;
    x = g.affine(x, levels / range, levels)?;
    x = g.unary(Unary::Floor, x)?;
    x = g.affine(x, 1.0, 1.0)?;
    x = g.unary(Unary::Clamp(0.0, f32::from(sox.brightest)), x)?;
    normalise(g, x, sox.normalisation.subtract, sox.normalisation.divide)
}

fn mel_picture(g: &mut Graph, mel: &MelFrontEnd, bare: bool, chunk: Chunk) -> Result<Id> {
    let n_fft = mel.n_fft as usize;
    let x = g.input("samples", [1, chunk.samples])?;
    let window: Vec<f32> = hann_periodic(n_fft).into_iter().map(|point| point as f32).collect();
    let windows = g.data(&window, [1, n_fft])?;
    let rows = g.data(&vec![0.0; chunk.columns], [chunk.columns])?;
    let stft = Stft { n_fft, hop: mel.hop as usize, start: 0, padding: StftPadding::Zero };
    let spectrum = g.stft(x, windows, rows, stft)?;
    let mut power = g.power(spectrum)?;
    if mel.power == 1 {
        power = g.sqrt(power)?;
    }
    let bank = MelBank::new(&mel.shape())?;
    let matrix = Arc::new(Banded::new(bank.bands(), bank.bins(), bank.to_f32())?);
    let bands = g.banded(&matrix, power)?;
    let image = g.reshape(bands, [bank.bands(), chunk.columns])?;
    let columns = g.transpose(image, &[1, 0])?;
    let amin = mel.to_db.amin as f32;
    let (above, least) = match mel.to_db.floor {
        Floor::Clamp => (columns, amin),
        Floor::Add => (g.affine(columns, 1.0, amin)?, f32::MIN_POSITIVE),
    };
    // 20 log10 of an amplitude is twice 10 log10 of it.
    let decibels = g.unary(Unary::Decibel(least), above)?;
    let factor = 2.0 / mel.power as f32;
    if bare {
        return g.affine(decibels, factor, 0.0);
    }
    let zero = match mel.to_db.reference {
        DbReference::Value(value) => f64::from(factor) * 10.0 * value.max(mel.to_db.amin).log10(),
        DbReference::Max => 0.0,
    };
    let scaled = g.affine(decibels, factor, 0.0)?;
    normalise(g, scaled, mel.normalisation.subtract + zero, mel.normalisation.divide)
}

fn normalise(g: &mut Graph, x: Id, subtract: f64, divide: f64) -> Result<Id> {
    g.affine(x, (1.0 / divide) as f32, (-subtract / divide) as f32)
}
