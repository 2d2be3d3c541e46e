//! Voices that hold a note: band-limited wavetables, a filter, envelopes, formants.

use super::{
    dice::Noise,
    effects::{Svf, Tap},
    exact,
};

const SIZE: usize = 2048;
/// Samples between two looks at envelopes and modulation.
const BLOCK: usize = 16;

/// A waveform, as the amplitudes of its harmonics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shape {
    Sine,
    Triangle,
    Saw,
    Square,
    Pulse,
    Organ,
    Reed,
}

impl Shape {
    const ALL: [Self; 7] = [Self::Sine, Self::Triangle, Self::Saw, Self::Square, Self::Pulse, Self::Organ, Self::Reed];

    fn harmonic(self, k: usize) -> f64 {
        let n = k as f64;
        let odd = k % 2 == 1;
        match self {
            Self::Sine => f64::from(u8::from(k == 1)),
            Self::Triangle if odd => (if k % 4 == 1 { 0.81 } else { -0.81 }) / (n * n),
            Self::Saw => 0.6 / n,
            Self::Square if odd => 0.8 / n,
            Self::Pulse => 0.9 / n * exact::sine(n * 0.11),
            Self::Organ => match k {
                1 => 0.5,
                2 => 0.4,
                3 => 0.3,
                4 => 0.25,
                6 => 0.12,
                8 => 0.15,
                _ => 0.0,
            },
            // a conical bore: all harmonics, the third to fifth strong
            Self::Reed => 0.45 / n * (1.0 + 2.2 / (1.0 + (n - 4.0) * (n - 4.0) * 0.25)) * if odd { 1.0 } else { 0.75 },
            Self::Triangle | Self::Square => 0.0,
        }
    }
}

/// The wavetables of all shapes at eleven band limits, and the sample rate they are played at.
#[derive(Debug)]
pub struct Studio {
    /// Samples a second.
    pub rate: f32,
    // [shape][octave][SIZE + 1]; octave o holds 1024 >> o harmonics
    tables: Vec<Vec<Vec<f32>>>,
}

impl Studio {
    /// Computes the tables: a few milliseconds, once for all songs.
    pub fn new(rate: u32) -> Self {
        let sine: Vec<f32> = (0..SIZE).map(|i| exact::sine(i as f64 / SIZE as f64) as f32).collect();
        let tables = Shape::ALL
            .iter()
            .map(|shape| {
                let mut table = vec![0.0f32; SIZE + 1];
                let mut octaves = Vec::with_capacity(11);
                let mut done = 0;
                // from one harmonic upwards, each octave adds to the one before
                for octave in (0..=10).rev() {
                    let limit = 1024 >> octave;
                    for k in done + 1..=limit {
                        let gain = shape.harmonic(k) as f32;
                        if gain != 0.0 {
                            table.iter_mut().enumerate().for_each(|(i, y)| *y += gain * sine[(k * i) & (SIZE - 1)]);
                        }
                    }
                    done = limit;
                    octaves.push(table.clone());
                }
                octaves.reverse();
                octaves
            })
            .collect();
        Self { rate: rate as f32, tables }
    }

    /// sin(2 pi t) from the table, for t of either sign.
    #[inline]
    pub fn sine(&self, t: f32) -> f32 {
        let t = t - t.floor();
        read(&self.tables[Shape::Sine as usize][10], (t * 4_294_967_040.0) as u32)
    }

    fn table(&self, shape: Shape, hertz: f32) -> &[f32] {
        let mut octave = 0;
        while octave < 10 && hertz * (1024 >> octave) as f32 > 0.48 * self.rate {
            octave += 1;
        }
        &self.tables[shape as usize][octave]
    }
}

/// A note as a voice sees it.
#[derive(Debug, Clone, Copy)]
pub struct Tone {
    /// MIDI pitch.
    pub pitch: f32,
    /// The pitch before it, for gliding.
    pub from: f32,
    /// How hard, about 0..1.
    pub level: f32,
    /// Seconds until it is released.
    pub length: f32,
    /// Which vowel a formant voice sings, any number.
    pub vowel: usize,
}

/// Settings of the wavetable voice. Times are in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Wave {
    /// The oscillators' waveform.
    pub shape: Shape,
    /// How many oscillators, 1..=7.
    pub unison: usize,
    /// How far the outermost are from the pitch, in cents.
    pub detune: f32,
    /// Level of a sine an octave below.
    pub sub: f32,
    /// Level of white noise (breath, bow).
    pub noise: f32,
    /// The filter's lowest cutoff, Hz.
    pub cutoff: f32,
    /// How far the cutoff follows the pitch, 0..1, around middle C.
    pub follow: f32,
    /// How far the filter's envelope opens it, octaves.
    pub sweep: f32,
    /// The filter's decay.
    pub sweep_decay: f32,
    /// 0 none, 1 almost ringing.
    pub resonance: f32,
    /// Envelope.
    pub attack: f32,
    /// Envelope.
    pub decay: f32,
    /// Envelope: level while held, 0..1.
    pub sustain: f32,
    /// Envelope.
    pub release: f32,
    /// Depth of the vibrato in cents, and its rate in Hz.
    pub vibrato: (f32, f32),
    /// Time to glide from the last pitch.
    pub glide: f32,
    /// Vowels: three formants instead of the plain filter; the factor on their frequencies, 0 for none.
    pub formants: f32,
}

// First three formants of five vowels, Hz (Peterson & Barney 1952, men, rounded).
const VOWELS: [[f32; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];

impl Wave {
    fn envelope(&self, t: f32, length: f32) -> f32 {
        let held = |t: f32| {
            if t < self.attack {
                t / self.attack
            } else {
                self.sustain + (1.0 - self.sustain) * exact::fade(t - self.attack, self.decay * 2.0)
            }
        };
        if t < length { held(t) } else { held(length) * exact::fade(t - length, self.release) }
    }

    /// Adds the tone to `out`, from its first sample until it has died away or `out` ends.
    pub fn render(&self, studio: &Studio, tone: &Tone, noise: &mut Noise, out: &mut [f32]) {
        let rate = studio.rate;
        let top = exact::hertz(tone.pitch + self.vibrato.0 / 100.0 + self.detune / 100.0);
        if top > 0.45 * rate {
            return;
        }
        let table = studio.table(self.shape, top);
        let sine = studio.table(Shape::Sine, top);
        let frames = (((tone.length + self.release) * rate) as usize).min(out.len());
        let mut phases = [0u32; 7];
        let mut detune = [1.0f32; 7];
        let unison = self.unison.clamp(1, 7);
        for i in 0..unison {
            phases[i] = ((noise.white() + 1.0) * 2_147_483_647.0) as u32;
            let spread = if unison == 1 { 0.0 } else { 2.0 * i as f32 / (unison - 1) as f32 - 1.0 };
            detune[i] = exact::exp2(f64::from(spread * self.detune) / 1200.0) as f32;
        }
        let mut low = 0u32;
        let mut filter = Svf::default();
        let mut mouth = [Svf::default(); 3];
        let each = tone.level / (unison as f32).sqrt();
        let key = exact::exp2(f64::from((tone.pitch - 60.0) / 12.0 * self.follow)) as f32;
        let (from, to) = (VOWELS[tone.vowel % 5], VOWELS[(tone.vowel / 5) % 5]);
        let mut before = self.envelope(0.0, tone.length);
        let scale = 4_294_967_296.0 / rate;
        for (index, chunk) in out[..frames].chunks_mut(BLOCK).enumerate() {
            let t = (index * BLOCK) as f32 / rate;
            let envelope = self.envelope(t + BLOCK as f32 / rate, tone.length);
            let bend = self.vibrato.0 * (t * 3.0).min(1.0) * exact::sine(f64::from(t * self.vibrato.1)) as f32 / 100.0;
            let slide = if t < self.glide { (tone.from - tone.pitch) * (1.0 - t / self.glide) } else { 0.0 };
            let increment = exact::hertz(tone.pitch + bend + slide) * scale;
            let mut block = [0.0f32; BLOCK];
            for (phase, &ratio) in phases[..unison].iter_mut().zip(&detune) {
                let add = (increment * ratio) as u32;
                for y in &mut block {
                    *phase = phase.wrapping_add(add);
                    *y += read(table, *phase);
                }
            }
            if self.sub > 0.0 {
                let add = (increment * 0.5) as u32;
                for y in &mut block {
                    low = low.wrapping_add(add);
                    *y += self.sub * read(sine, low);
                }
            }
            if self.noise > 0.0 {
                // a consonant before the vowel
                let breath = if self.formants > 0.0 && t < 0.03 { 8.0 * self.noise } else { self.noise };
                block.iter_mut().for_each(|y| *y += breath * noise.white());
            }
            if self.formants > 0.0 {
                let mix = (t / tone.length.max(0.05)).min(1.0);
                for (i, svf) in mouth.iter_mut().enumerate() {
                    let hertz = (from[i] + (to[i] - from[i]) * mix) * self.formants;
                    svf.tune(hertz / rate, 0.9);
                }
                for y in &mut block {
                    let x = *y;
                    *y = 0.25 * mouth[0].run(x, Tap::Low)
                        + 1.2 * mouth[0].band
                        + 0.7 * mouth[1].run(x, Tap::Band)
                        + 0.35 * mouth[2].run(x, Tap::Band);
                }
            } else {
                let open = self.sweep * tone.level.min(1.2) * exact::fade(t, self.sweep_decay * 2.0);
                let swell = if t < self.attack { 0.35 + 0.65 * t / self.attack } else { 1.0 };
                let hertz = self.cutoff * key * swell * exact::exp2(f64::from(open)) as f32;
                filter.tune(hertz / rate, self.resonance);
                block.iter_mut().for_each(|y| *y = filter.run(*y, Tap::Low));
            }
            let slope = (envelope - before) / BLOCK as f32;
            for (i, (y, x)) in chunk.iter_mut().zip(&block).enumerate() {
                *y += x * each * (before + slope * i as f32);
            }
            before = envelope;
        }
    }
}

#[inline]
fn read(table: &[f32], phase: u32) -> f32 {
    let at = (phase >> 21) as usize;
    let part = (phase & 0x001f_ffff) as f32 / 2_097_152.0;
    table[at] + part * (table[at + 1] - table[at])
}
