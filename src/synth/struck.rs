//! Voices that are struck or plucked and then left alone: strings (Karplus & Strong 1983), bars and hammers (decaying
//! partials), and two-operator frequency modulation (Chowning 1973).

use super::{
    dice::Noise,
    exact,
    wave::{Studio, Tone},
};

/// A plucked string: a delay line fed by a burst of noise, with a lowpass in its loop.
#[derive(Debug, Clone, Copy)]
pub struct Pluck {
    /// Cutoff of the loop's lowpass, Hz: how long the top rings.
    pub loop_cutoff: f32,
    /// Cutoff of the burst, Hz, at full strength: how hard the pick is.
    pub pick_cutoff: f32,
    /// Where the string is plucked, as a share of its length.
    pub position: f32,
    /// Seconds to fall by 60 dB.
    pub t60: f32,
    /// The same after release.
    pub release: f32,
    /// Level of the string's thump against the body.
    pub body: f32,
}

impl Pluck {
    /// Adds the tone to `out`.
    pub fn render(&self, studio: &Studio, tone: &Tone, noise: &mut Noise, out: &mut [f32]) {
        let rate = studio.rate;
        let period = rate / exact::hertz(tone.pitch);
        let smooth = pole(self.loop_cutoff / rate);
        // the lowpass delays low frequencies by (1 - a) / a samples; the allpass takes the rest of the period
        let delay = period - (1.0 - smooth) / smooth;
        if delay < 2.5 {
            return;
        }
        let length = (delay - 0.3) as usize;
        let rest = delay - length as f32;
        let allpass = (1.0 - rest) / (1.0 + rest);
        let (held, released) = (exact::fade(period / rate, self.t60), exact::fade(period / rate, self.release));
        let mut line = vec![0.0f32; length];
        let pick = pole(self.pick_cutoff * (0.25 + 0.75 * tone.level.min(1.0)) / rate);
        let mut last = 0.0;
        for x in &mut line {
            last += pick * (noise.white() - last);
            *x = last;
        }
        let offset = ((self.position * length as f32) as usize).clamp(1, length.max(2) - 1);
        let burst: Vec<f32> = (0..length).map(|i| line[i] - line[(i + length - offset) % length]).collect();
        let power = burst.iter().map(|x| x * x).sum::<f32>() / length as f32;
        let gain = 0.35 * tone.level / (power.sqrt() + 1e-4);
        line.iter_mut().zip(&burst).for_each(|(x, b)| *x = b * gain);
        let frames = (((tone.length + self.release) * rate) as usize).min(out.len());
        let stop = ((tone.length * rate) as usize).min(frames);
        let (mut at, mut low, mut before, mut through) = (0, 0.0f32, 0.0f32, 0.0f32);
        let thump = exact::fade(1.0 / rate, 0.06);
        let mut knock = self.body * tone.level;
        for (range, loss) in [(0..stop, held), (stop..frames, released)] {
            for y in &mut out[range] {
                let x = line[at];
                low += smooth * (x - low);
                let fed = low * loss;
                through = allpass * (fed - through) + before;
                before = fed;
                line[at] = through;
                at = if at + 1 == length { 0 } else { at + 1 };
                knock *= thump;
                *y += x + knock * noise.white();
            }
        }
    }
}

/// Coefficient of y += a (x - y) with its corner at `cutoff` cycles a sample.
fn pole(cutoff: f32) -> f32 {
    let w = std::f32::consts::TAU * cutoff;
    (w / (1.0 + w)).clamp(0.02, 0.98)
}

/// A sum of decaying partials: piano, vibraphone, bells, timpani.
#[derive(Debug, Clone, Copy)]
pub struct Modal {
    /// Frequency, level and decay time of each partial against the first.
    pub partials: [(f32, f32, f32); 10],
    /// Stiffness: partial k is sharpened by sqrt(1 + b k^2).
    pub stiffness: f32,
    /// Seconds to fall by 60 dB at middle C; lower notes ring longer.
    pub t60: f32,
    /// The same after release.
    pub release: f32,
    /// How much quiet notes lose of their top, 0..1.
    pub touch: f32,
    /// Level of the hammer's noise.
    pub hammer: f32,
}

impl Modal {
    /// Adds the tone to `out`.
    pub fn render(&self, studio: &Studio, tone: &Tone, noise: &mut Noise, out: &mut [f32]) {
        let rate = studio.rate;
        let base = exact::hertz(tone.pitch);
        let ring = self.t60 * exact::exp2(f64::from((60.0 - tone.pitch) / 18.0)) as f32;
        let longest = (tone.length + self.release).min(ring * 1.2);
        let frames = ((longest * rate) as usize).min(out.len());
        let stop = ((tone.length * rate) as usize).min(frames);
        let soft = 1.0 - self.touch * (1.0 - tone.level.min(1.0));
        let mut dim = 1.0;
        for (k, &(ratio, gain, decay)) in self.partials.iter().enumerate() {
            let n = (k + 1) as f32;
            let hertz = base * ratio * (1.0 + self.stiffness * n * n).sqrt();
            if hertz < 0.45 * rate && gain > 0.0 {
                let (step, turn) = (exact::sine(f64::from(hertz / rate)), exact::cosine(f64::from(hertz / rate)));
                let phase = f64::from(noise.white());
                let mut state = (
                    exact::cosine(phase) as f32 * gain * dim * tone.level * 0.5,
                    exact::sine(phase) as f32 * gain * dim * tone.level * 0.5,
                );
                for (range, t60) in [(0..stop, ring * decay), (stop..frames, self.release.min(ring * decay))] {
                    let loss = exact::fade(1.0 / rate, t60);
                    let (c, s) = (turn as f32 * loss, step as f32 * loss);
                    // beyond 70 dB down nobody hears it
                    let audible = ((t60 * 1.2 * rate) as usize).min(range.len());
                    for y in &mut out[range.start..range.start + audible] {
                        *y += state.1;
                        state = (c * state.0 - s * state.1, s * state.0 + c * state.1);
                    }
                    if audible < range.len() {
                        break;
                    }
                }
            }
            dim *= soft;
        }
        if self.hammer > 0.0 {
            let fall = exact::fade(1.0 / rate, 0.05);
            let (mut knock, mut low) = (self.hammer * tone.level, 0.0f32);
            let smooth = pole(1800.0 / rate);
            for y in out.iter_mut().take((0.05 * rate) as usize) {
                low += smooth * (noise.white() - low);
                *y += knock * low;
                knock *= fall;
            }
        }
    }
}

/// Two sine operators, one bending the other: electric piano, bells, basses.
#[derive(Debug, Clone, Copy)]
pub struct Fm {
    /// Modulator frequency against the carrier's.
    pub ratio: f32,
    /// Modulation index at full strength.
    pub index: f32,
    /// Seconds in which the index falls by 60 dB.
    pub index_decay: f32,
    /// Seconds in which the tone falls by 60 dB while held.
    pub t60: f32,
    /// The same after release.
    pub release: f32,
}

impl Fm {
    /// Adds the tone to `out`.
    pub fn render(&self, studio: &Studio, tone: &Tone, out: &mut [f32]) {
        let rate = studio.rate;
        let hertz = exact::hertz(tone.pitch);
        if hertz > 0.4 * rate {
            return;
        }
        let frames = (((tone.length + self.release) * rate) as usize).min(out.len());
        let stop = ((tone.length * rate) as usize).min(frames);
        // the index is bounded so that the first sidebands stay below the Nyquist frequency
        let ceiling = ((0.45 * rate / hertz - 1.0) / self.ratio).max(0.0);
        let index = (self.index * tone.level * tone.level.min(1.0)).min(ceiling);
        let (bend_loss, held) = (exact::fade(1.0 / rate, self.index_decay), exact::fade(1.0 / rate, self.t60));
        let (mut carrier, mut modulator, mut bend) = (0.0f32, 0.0f32, index);
        let (step, turn) = (hertz / rate, hertz * self.ratio / rate);
        let mut gain = 0.5 * tone.level;
        let rise = (0.002 * rate).max(1.0);
        for (range, loss) in [(0..stop, held), (stop..frames, exact::fade(1.0 / rate, self.release))] {
            let start = range.start;
            for (i, y) in out[range].iter_mut().enumerate() {
                let onset = ((start + i) as f32 / rise).min(1.0);
                *y += gain * onset * studio.sine(carrier + bend * studio.sine(modulator) * 0.159_154_94);
                carrier += step;
                modulator += turn;
                carrier -= carrier.floor();
                modulator -= modulator.floor();
                gain *= loss;
                bend *= bend_loss;
            }
        }
    }
}
