//! The graph that turns a chunk of samples into a chunk of columns.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::{Banded, Graph, Id, Stft, StftPadding};
use crate::shape::{Reduction, Unary};
use crate::signal::cqt::CqtBlocks;
use crate::signal::dct::dct;
use crate::signal::front_end::{
    Bands, CqtFrontEnd, Floor, FrontEnd, MelFrontEnd, MfccFrontEnd, Normalisation, SoxFrontEnd,
};
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
    /// The first of them, from the middle of the first column on, or from its start if columns have no middle.
    pub first: i64,
    /// Rows of the window table.
    pub windows: usize,
}

/// Inputs `samples` (1,L), and for `sox` also `windows` (R,n_fft) and `rows` (T words); output `columns` (C, rows of the
/// picture): network input, or decibels of bare bands where they refer to the whole song ([`finish`] makes coefficients of them).
pub(super) fn graph(front_end: &FrontEnd, columns: usize) -> Result<(Graph, Chunk)> {
    let mut g = Graph::new();
    let chunk = match front_end {
        FrontEnd::Sox(sox) => {
            let geometry = sox.geometry()?;
            let frames = columns * geometry.blocks();
            let samples = whole_vec4s((frames - 1) * geometry.step() + FFT);
            let chunk = Chunk { columns, blocks: geometry.blocks(), samples, first: 0, windows: MAX_WINDOWS };
            let picture = sox_picture(&mut g, sox, geometry.step(), chunk)?;
            g.output("columns", picture)?;
            chunk
        }
        FrontEnd::Mel(_) | FrontEnd::Cqt(_) | FrontEnd::Mfcc(_) | FrontEnd::Stack(_) => {
            let [first, end] = reach(front_end, columns)?;
            let chunk = Chunk { columns, blocks: 1, samples: (end - first) as usize, first, windows: 1 };
            let x = g.input("samples", [1, chunk.samples])?;
            let picture = picture(&mut g, front_end, x, first, columns, front_end.needs_whole_song())?;
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

/// The first sample of so many columns and the one behind their last, from the middle of the first column on.
fn reach(front_end: &FrontEnd, columns: usize) -> Result<[i64; 2]> {
    match front_end {
        FrontEnd::Mel(mel) | FrontEnd::Mfcc(MfccFrontEnd { mel, .. }) => {
            let samples = whole_vec4s((columns - 1) * mel.hop as usize + mel.n_fft as usize) as i64;
            let first = mel.first_sample(0);
            Ok([first, first + samples])
        }
        FrontEnd::Cqt(cqt) => {
            let blocks = CqtBlocks::new(&cqt.shape(), cqt.hop as usize)?;
            Ok([blocks.first_sample(), blocks.first_sample() + blocks.samples(columns) as i64])
        }
        FrontEnd::Stack(stack) => {
            let parts = stack.parts.iter().map(|part| reach(part, columns)).collect::<Result<Vec<_>>>()?;
            let first = parts.iter().map(|[first, _]| *first).min().unwrap_or(0);
            Ok([first, parts.iter().map(|[_, end]| *end).max().unwrap_or(first)])
        }
        FrontEnd::Sox(_) | FrontEnd::Features(_) => Ok([0, 0]),
    }
}

/// So many columns of samples `x` (1,L) that begin at `first`: network input, or decibels of bare bands.
fn picture(g: &mut Graph, front_end: &FrontEnd, x: Id, first: i64, columns: usize, bare: bool) -> Result<Id> {
    let [from, to] = reach(front_end, columns)?.map(|sample| (sample - first) as usize);
    let x = g.slice(x, &[0, from], &[1, to])?;
    match front_end {
        FrontEnd::Mel(mel) => {
            let bands = mel_bands(g, mel, x, columns)?;
            decibels(g, bands, front_end, bare)
        }
        FrontEnd::Mfcc(mfcc) => {
            let bands = mel_bands(g, &mfcc.mel, x, columns)?;
            let decibels = decibels(g, bands, front_end, bare)?;
            if bare { Ok(decibels) } else { coefficients(g, mfcc, decibels) }
        }
        FrontEnd::Cqt(cqt) => {
            let bands = cqt_bands(g, cqt, x, columns)?;
            decibels(g, bands, front_end, bare)
        }
        FrontEnd::Stack(stack) => {
            let rows = stack.parts.iter().map(|part| picture(g, part, x, first + from as i64, columns, bare));
            let rows = rows.collect::<Result<Vec<_>>>()?;
            g.concat(&rows, 1)
        }
        FrontEnd::Sox(_) | FrontEnd::Features(_) => Ok(x),
    }
}

/// (C, bands)
fn mel_bands(g: &mut Graph, mel: &MelFrontEnd, x: Id, columns: usize) -> Result<Id> {
    let n_fft = mel.n_fft as usize;
    let window: Vec<f32> = hann_periodic(n_fft).into_iter().map(|point| point as f32).collect();
    let windows = g.data(&window, [1, n_fft])?;
    let rows = g.data(&vec![0.0; columns], [columns])?;
    let stft = Stft { n_fft, hop: mel.hop as usize, start: 0, padding: StftPadding::Zero };
    let spectrum = g.stft(x, windows, rows, stft)?;
    let mut power = g.power(spectrum)?;
    if mel.power == 1 {
        power = g.sqrt(power)?;
    }
    let bank = MelBank::new(&mel.shape())?;
    let matrix = Arc::new(Banded::new(bank.bands(), bank.bins(), bank.to_f32())?);
    let bands = g.banded(&matrix, power)?;
    let image = g.reshape(bands, [bank.bands(), columns])?;
    g.transpose(image, &[1, 0])
}

/// (C, bins)
fn cqt_bands(g: &mut Graph, cqt: &CqtFrontEnd, x: Id, columns: usize) -> Result<Id> {
    let magnitudes = CqtBlocks::new(&cqt.shape(), cqt.hop as usize)?.magnitudes(g, x, columns)?;
    g.transpose(magnitudes, &[1, 0])
}

/// Decibels of `bands` (C, bands) of a front end that has but these: those of bare bands, or network input, or where coefficients are made of
/// them decibels from the reference.
fn decibels(g: &mut Graph, bands: Id, front_end: &FrontEnd, bare: bool) -> Result<Id> {
    let Some(&scale) = front_end.bands().first() else { return Ok(bands) };
    let Bands { to_db, normalisation, .. } = scale;
    let amin = to_db.amin as f32;
    let (above, least) = match to_db.floor {
        Floor::Clamp => (bands, amin),
        Floor::Add => (g.affine(bands, 1.0, amin)?, f32::MIN_POSITIVE),
    };
    // 20 log10 of an amplitude is twice 10 log10 of it.
    let tens = g.unary(Unary::Decibel(least), above)?;
    let decibels = g.affine(tens, (scale.tenfold() / 10.0) as f32, 0.0)?;
    if bare {
        return Ok(decibels);
    }
    // Of a reference value: a song's largest one is not known here.
    let zero = scale.zero(0.0);
    match front_end {
        FrontEnd::Mfcc(_) => normalise(g, decibels, zero, 1.0),
        _ => normalise(g, decibels, normalisation.subtract + zero, normalisation.divide),
    }
}

/// Decibels (C, bands) as coefficients (C, `n_mfcc`).
fn coefficients(g: &mut Graph, mfcc: &MfccFrontEnd, decibels: Id) -> Result<Id> {
    let Normalisation { subtract, divide } = mfcc.mel.normalisation;
    let coefficients = dct(g, decibels, 1, mfcc.n_mfcc as usize)?;
    normalise(g, coefficients, subtract, divide)
}

/// What is left to do where decibels were to be known first: input `decibels` (C, bands), output `columns` (C, `n_mfcc`).
pub(super) fn finish(mfcc: &MfccFrontEnd, columns: usize) -> Result<Graph> {
    let mut g = Graph::new();
    let decibels = g.input("decibels", [columns, mfcc.mel.n_mels as usize])?;
    let picture = coefficients(&mut g, mfcc, decibels)?;
    g.output("columns", picture)?;
    Ok(g)
}

fn normalise(g: &mut Graph, x: Id, subtract: f64, divide: f64) -> Result<Id> {
    g.affine(x, (1.0 / divide) as f32, (-subtract / divide) as f32)
}
