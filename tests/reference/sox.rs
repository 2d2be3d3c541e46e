//! SoX's picture, sample by sample, as its `spectrogram` effect paints it: a buffer that moves on by a step, counters, and a
//! window that is made anew while the buffer is partly outside the song. f64 throughout, but for the decibels, which SoX
//! keeps as f32 (without that rounding about one pixel in two hundred thousand is a level off).

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::fft::rfft;

const SIZE: usize = 256;

/// Step and blocks at a rate, as integer arithmetic on a block of a fiftieth of a second.
pub fn geometry(rate: u32) -> (usize, usize) {
    let block = rate as usize / 50;
    let parts = block.div_ceil(128);
    let step = (2 * block + parts) / (2 * parts);
    (step, (2 * block + step) / (2 * step))
}

/// The painter: push samples, then finish.
pub struct Painter {
    step: usize,
    blocks: usize,
    buffer: VecDeque<f64>,
    /// Samples to go until the next hop.
    wait: usize,
    /// Samples of the buffer before the song's start (positive) or after its end (negative).
    outside: i64,
    /// The lowest value that `outside` takes.
    lowest: i64,
    window: (i64, Vec<f64>),
    sums: Vec<f64>,
    hops: usize,
    /// Columns in dB, each from row 0 (Nyquist) to row 128 (DC).
    columns: Vec<Vec<f64>>,
    pushed: usize,
}

impl Painter {
    pub fn new(rate: u32) -> Self {
        let (step, blocks) = geometry(rate);
        Self {
            step,
            blocks,
            buffer: VecDeque::from(vec![0.0; SIZE]),
            wait: step + (SIZE - step) / 2,
            outside: SIZE as i64,
            lowest: 0,
            window: (0, window(0)),
            sums: vec![0.0; SIZE / 2 + 1],
            hops: 0,
            columns: Vec::new(),
            pushed: 0,
        }
    }

    pub fn push(&mut self, sample: f64) {
        self.buffer.pop_front();
        self.buffer.push_back(sample);
        self.outside -= 1;
        self.wait -= 1;
        self.pushed += 1;
        if self.wait == 0 {
            self.wait = self.step;
            self.outside = self.outside.max(self.lowest);
            self.hop();
        }
    }

    fn hop(&mut self) {
        if self.window.0 != self.outside {
            self.window = (self.outside, window(self.outside));
        }
        let frame: Vec<f64> = self.buffer.iter().zip(&self.window.1).map(|(x, w)| x * w).collect();
        for (sum, (re, im)) in self.sums.iter_mut().zip(rfft(&frame)) {
            *sum += re * re + im * im;
        }
        self.hops += 1;
        if self.hops == self.blocks {
            self.column();
        }
    }

    fn column(&mut self) {
        let hops = std::mem::take(&mut self.hops) as f64;
        self.columns.push(self.sums.iter().rev().map(|sum| f64::from((10.0 * (sum / hops).log10()) as f32)).collect());
        self.sums.fill(0.0);
    }

    /// Flushes the tail; columns in dB.
    pub fn finish(mut self) -> Vec<Vec<f64>> {
        let mut zeros = (SIZE - self.step) / 2;
        let left_over = self.pushed % self.step;
        if left_over >= self.step / 2 {
            zeros += self.step - left_over;
        }
        self.outside = 0;
        self.lowest = -(SIZE as i64);
        for _ in 0..zeros {
            self.push(0.0);
        }
        if self.hops > 0 {
            self.column();
        }
        self.columns
    }
}

/// Hann over the inside of the buffer, scaled to twice the mean, and once more by the square of the share inside.
fn window(outside: i64) -> Vec<f64> {
    let inside = SIZE as i64 - outside.abs();
    let mut points: Vec<f64> = (0..SIZE as i64)
        .map(|i| {
            let at = if outside > 0 { i - outside } else { i };
            let hann = 0.5 - 0.5 * (TAU * at as f64 / inside as f64).cos();
            if (0..=inside).contains(&at) { hann } else { 0.0 }
        })
        .collect();
    let sum: f64 = points.iter().sum();
    let share = inside as f64 / SIZE as f64;
    points.iter_mut().for_each(|point| *point *= 2.0 / sum * share * share);
    points
}

/// Columns in dB of a whole song.
pub fn picture_db(samples: impl IntoIterator<Item = f64>, rate: u32) -> Vec<Vec<f64>> {
    let mut painter = Painter::new(rate);
    samples.into_iter().for_each(|sample| painter.push(sample));
    painter.finish()
}

/// The grey level of a level in dB.
pub fn grey(db: f64) -> u8 {
    match db {
        _ if db < -120.0 => 0,
        _ if db >= 0.0 => 250,
        _ => 1 + ((1.0 + db / 120.0) * 249.0).floor() as u8,
    }
}

/// Columns of grey of a whole song.
pub fn picture(samples: impl IntoIterator<Item = f64>, rate: u32) -> Vec<Vec<u8>> {
    picture_db(samples, rate).into_iter().map(|column| column.into_iter().map(grey).collect()).collect()
}

/// How two pictures differ: equal pixels, all pixels, the largest difference in levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parity {
    pub equal: usize,
    pub total: usize,
    pub worst: u8,
}

impl Parity {
    /// Compares columns with an image in rows of `width`.
    pub fn of(columns: &[Vec<u8>], image: &[u8], width: usize) -> Self {
        let mut parity = Self { equal: 0, total: 0, worst: 0 };
        for (x, column) in columns.iter().enumerate().take(width) {
            for (y, &ours) in column.iter().enumerate() {
                let difference = ours.abs_diff(image[y * width + x]);
                parity.equal += usize::from(difference == 0);
                parity.total += 1;
                parity.worst = parity.worst.max(difference);
            }
        }
        parity
    }

    pub fn percent(&self) -> f64 {
        100.0 * self.equal as f64 / self.total as f64
    }
}

/// How many columns SoX itself keeps: its width is the nominal one, rounded.
pub fn sox_width(columns: usize, samples: usize, rate: u32) -> usize {
    let nominal = (50.0 * (samples as f64 / f64::from(rate)) + 0.5) as usize;
    columns.min(if nominal == 0 { 800 } else { nominal })
}

/// The grey levels of SoX's PNG, rows of `width`: its palette starts with four colours that no pixel uses.
pub fn read_png(bytes: &[u8]) -> Result<(usize, Vec<u8>), String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if (reader.output_color_type(), height) != ((png::ColorType::Indexed, png::BitDepth::Eight), 129) {
        return Err(format!("not a raw monochrome picture of 129 rows: {:?}", reader.info()));
    }
    let mut pixels = vec![0; width * height];
    reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
    if pixels.iter().any(|&index| !(4..=254).contains(&index)) {
        return Err("a pixel lies outside the 251 levels".into());
    }
    Ok((width, pixels.into_iter().map(|index| index - 4).collect()))
}
