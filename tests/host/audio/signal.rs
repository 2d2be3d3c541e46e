//! The signals of the fixtures by formula, files made on the spot, and a way to find sines in samples.

use std::f64::consts::TAU;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file of tests/fixtures/audio, which tools/fixtures/audio.py writes.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio").join(name)
}

/// A file with these bytes and this ending; it is removed when dropped.
pub fn file(ending: &str, bytes: &[u8]) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// The tone's mono mix has amplitude and phase (of a sine at sample 0) per frequency in Hz.
pub const TONE: [(f64, f64, f64); 2] = [(441.0, 0.3, 0.0), (1470.0, 0.15, 1.0)];

/// Sample `i` of channel `c` of the 16-bit saw.
pub fn saw16(i: usize, c: usize) -> i32 {
    (i * (131 + 2 * c) % 4001) as i32 * 8 - 16000
}

/// Sample `i` of the first channel of the 24-bit saw.
pub fn saw24(i: usize) -> i32 {
    saw16(i, 0) * 256 + (i % 251) as i32
}

/// The mono mix of the 16-bit saw over `channels`, rounded once.
pub fn saw_mix(frames: usize, channels: usize) -> Vec<f32> {
    let mean = |i| (0..channels).map(|c| f64::from(saw16(i, c))).sum::<f64>() / channels as f64 / 32768.0;
    (0..frames).map(|i| mean(i) as f32).collect()
}

/// Amplitude and phase of sines of these frequencies (cycles a sample) that fit the samples best in the least squares
/// sense, the phase counted at sample 0, and the RMS of what is left over.
pub fn fit(samples: &[f32], frequencies: &[f64]) -> (Vec<(f64, f64)>, f64) {
    let columns: Vec<Box<dyn Fn(usize) -> f64>> = frequencies
        .iter()
        .flat_map(|&f| -> [Box<dyn Fn(usize) -> f64>; 2] {
            [Box::new(move |i| (TAU * f * i as f64).sin()), Box::new(move |i| (TAU * f * i as f64).cos())]
        })
        .collect();
    let n = columns.len();
    let mut matrix = vec![vec![0.0; n + 1]; n];
    for (i, &x) in samples.iter().enumerate() {
        let row: Vec<f64> = columns.iter().map(|column| column(i)).collect();
        for a in 0..n {
            for b in 0..n {
                matrix[a][b] += row[a] * row[b];
            }
            matrix[a][n] += row[a] * f64::from(x);
        }
    }
    let weights = solve(matrix);
    let rest = |(i, &x): (usize, &f32)| {
        let model: f64 = columns.iter().zip(&weights).map(|(column, w)| w * column(i)).sum();
        (f64::from(x) - model).powi(2)
    };
    let left = samples.iter().enumerate().map(rest).sum::<f64>() / samples.len() as f64;
    (weights.chunks(2).map(|w| (w[0].hypot(w[1]), w[1].atan2(w[0]))).collect(), left.sqrt())
}

/// Gauss-Jordan with the largest pivot; the last column is the right-hand side.
fn solve(mut m: Vec<Vec<f64>>) -> Vec<f64> {
    let n = m.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| m[a][k].abs().total_cmp(&m[b][k].abs())).unwrap();
        m.swap(k, pivot);
        let top = m[k].clone();
        for (i, row) in m.iter_mut().enumerate() {
            let factor = if i == k { 0.0 } else { row[k] / top[k] };
            row.iter_mut().zip(&top).for_each(|(x, t)| *x -= factor * t);
        }
    }
    (0..n).map(|k| m[k][n] / m[k][k]).collect()
}

/// The difference of two phases in samples of a wave of `frequency` cycles a sample, within half a wave.
pub fn shift(got: f64, want: f64, frequency: f64) -> f64 {
    let turns = (got - want) / TAU;
    (turns - turns.round()) / frequency
}

/// A wav header's fields; `bytes` puts one together, honest unless told otherwise.
#[derive(Clone, Debug)]
pub struct Wave {
    pub tag: u16,
    pub channels: u16,
    pub rate: u32,
    pub bits: u16,
    pub riff: Option<u32>,
    pub length: Option<u32>,
    pub byte_rate: Option<u32>,
    /// Appended to the 16 bytes of the format.
    pub extra: Vec<u8>,
}

impl Wave {
    pub fn pcm(channels: u16, rate: u32, bits: u16) -> Self {
        Self { tag: 1, channels, rate, bits, riff: None, length: None, byte_rate: None, extra: Vec::new() }
    }

    pub fn bytes(&self, data: &[u8]) -> Vec<u8> {
        let frame = self.channels.wrapping_mul(self.bits.div_ceil(8));
        let mut out = b"RIFF".to_vec();
        out.extend(self.riff.unwrap_or((data.len() + self.extra.len() + 36) as u32).to_le_bytes());
        out.extend(b"WAVEfmt ");
        out.extend((16 + self.extra.len() as u32).to_le_bytes());
        out.extend(self.tag.to_le_bytes());
        out.extend(self.channels.to_le_bytes());
        out.extend(self.rate.to_le_bytes());
        out.extend(self.byte_rate.unwrap_or(self.rate.wrapping_mul(u32::from(frame))).to_le_bytes());
        out.extend(frame.to_le_bytes());
        out.extend(self.bits.to_le_bytes());
        out.extend(&self.extra);
        out.extend(b"data");
        out.extend(self.length.unwrap_or(data.len() as u32).to_le_bytes());
        out.extend(data);
        out
    }
}

/// 16-bit samples as bytes.
pub fn bytes16(samples: impl IntoIterator<Item = i32>) -> Vec<u8> {
    samples.into_iter().flat_map(|x| (x as i16).to_le_bytes()).collect()
}
