//! What sounds run through: filter, drive, delay, room.

use super::exact;

/// Which output of an [`Svf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tap {
    Low,
    Band,
    High,
}

/// A state-variable filter with trapezoidal integrators (Zavalishin, The Art of VA Filter Design).
#[derive(Debug, Clone, Copy, Default)]
pub struct Svf {
    g: f32,
    k: f32,
    a: f32,
    first: f32,
    second: f32,
    /// The band output of the last sample.
    pub band: f32,
}

impl Svf {
    /// A filter with its corner at `cutoff` cycles a sample and resonance 0..1.
    pub fn new(cutoff: f32, resonance: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(cutoff, resonance);
        filter
    }

    /// Moves the corner; the state stays.
    pub fn tune(&mut self, cutoff: f32, resonance: f32) {
        self.g = exact::warp(cutoff.min(0.45));
        self.k = 2.0 - 1.9 * resonance.clamp(0.0, 1.0);
        if resonance <= 0.0 {
            self.k = std::f32::consts::SQRT_2;
        }
        self.a = 1.0 / (1.0 + self.g * (self.g + self.k));
    }

    /// One sample.
    #[inline]
    pub fn run(&mut self, x: f32, tap: Tap) -> f32 {
        let v3 = x - self.second;
        let v1 = self.a * (self.first + self.g * v3);
        let v2 = self.second + self.g * v1;
        self.first = 2.0 * v1 - self.first;
        self.second = 2.0 * v2 - self.second;
        // scaled so that the peak of the band output is 1
        self.band = self.k * v1;
        match tap {
            Tap::Low => v2,
            Tap::Band => self.band,
            Tap::High => x - self.band - v2,
        }
    }

    /// A whole buffer in place.
    pub fn all(mut self, buffer: &mut [f32], tap: Tap) {
        buffer.iter_mut().for_each(|x| *x = self.run(*x, tap));
    }
}

/// Drives `buffer` through the soft clipper: `drive` is the gain before it; the level after is left to the caller.
///
/// The clipper runs at twice the rate: the sample between two is their mean. That takes the worst of the aliases away for
/// the price of one more evaluation.
pub fn drive(buffer: &mut [f32], drive: f32, bias: f32) {
    let rest = exact::soft(bias);
    let mut before = 0.0f32;
    for x in buffer {
        let now = *x * drive;
        let middle = exact::soft(0.5 * (before + now) + bias);
        *x = 0.5 * (middle + exact::soft(now + bias)) - rest;
        before = now;
    }
}

/// An echo in place: `seconds` apart, each `feedback` times the one before, darkened.
pub fn echo(buffer: &mut [f32], rate: f32, seconds: f32, feedback: f32, wet: f32) {
    let length = ((seconds * rate) as usize).max(1);
    let mut line = vec![0.0f32; length];
    let mut at = 0;
    let mut dark = 0.0f32;
    for x in buffer {
        let heard = line[at];
        dark += 0.4 * (heard - dark);
        line[at] = *x + feedback * dark;
        *x += wet * heard;
        at = if at + 1 == length { 0 } else { at + 1 };
    }
}

/// A room: eight delay lines fed back through a Hadamard matrix (Jot & Chaigne 1991), each with its own damping.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Seconds to fall by 60 dB.
    pub t60: f32,
    /// Scale of the delays: 1 is a hall of about 15 m.
    pub size: f32,
    /// Damping corner, Hz.
    pub damping: f32,
    /// Seconds before the room answers.
    pub before: f32,
}

impl Room {
    /// Adds the room's answer to `send` to `left` and `right`.
    pub fn render(&self, send: &[f32], rate: f32, level: f32, left: &mut [f32], right: &mut [f32]) {
        const METRES: [f32; 8] = [0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0611, 0.0677, 0.0739];
        let lengths = METRES.map(|s| ((s * self.size * rate) as usize).max(2) | 1);
        let longest = lengths.iter().max().copied().unwrap_or(2).next_power_of_two();
        let mask = longest - 1;
        let mut lines = vec![[0.0f32; 8]; longest];
        let gains = lengths.map(|n| exact::fade(n as f32 / rate, self.t60) * 0.353_553_4);
        let w = std::f32::consts::TAU * self.damping / rate;
        let smooth = (w / (1.0 + w)).min(1.0);
        let mut low = [0.0f32; 8];
        let before = (self.before * rate) as usize;
        for i in 0..left.len() {
            let mut x = [0.0f32; 8];
            for k in 0..8 {
                let heard = lines[(i + longest - lengths[k]) & mask][k];
                low[k] += smooth * (heard - low[k]);
                x[k] = low[k] * gains[k];
            }
            left[i] += level * (low[0] + low[2] - low[4] + low[6]);
            right[i] += level * (low[1] - low[3] + low[5] + low[7]);
            let fed = if i >= before { send[i - before] } else { 0.0 };
            lines[i & mask] = hadamard(x).map(|y| y + fed);
        }
    }
}

#[inline]
fn hadamard(x: [f32; 8]) -> [f32; 8] {
    let a = [x[0] + x[4], x[1] + x[5], x[2] + x[6], x[3] + x[7], x[0] - x[4], x[1] - x[5], x[2] - x[6], x[3] - x[7]];
    let b = [a[0] + a[2], a[1] + a[3], a[0] - a[2], a[1] - a[3], a[4] + a[6], a[5] + a[7], a[4] - a[6], a[5] - a[7]];
    [b[0] + b[1], b[0] - b[1], b[2] + b[3], b[2] - b[3], b[4] + b[5], b[4] - b[5], b[6] + b[7], b[6] - b[7]]
}
