//! Drum sounds, computed once a song in a few variants each and then placed.

use super::{
    dice::{Dice, Noise},
    effects::{Svf, Tap},
    exact,
    style::{DRUMS, Drum, Kit},
    wave::Studio,
};

/// How many times each drum is recorded: no two strokes in a row are the same sample.
const TAKES: usize = 3;

/// The settings of an artist's drums.
#[derive(Debug, Clone, Copy)]
pub struct DrumPatch {
    /// Kick: end frequency in Hz, sweep in octaves, its time, decay, click and drive.
    pub kick: [f32; 6],
    /// Snare: shell frequency, shell level, decay, wire corner in Hz.
    pub snare: [f32; 4],
    /// Closed hat's decay, open hat's decay, corner in Hz, share of metal against noise.
    pub hat: [f32; 4],
    /// Ride and crash: decay, corner in Hz.
    pub cymbal: [f32; 2],
    /// Toms: frequency, decay.
    pub tom: [f32; 2],
    /// Where the microphones' top ends, Hz.
    pub top: f32,
}

impl DrumPatch {
    /// An artist's drums of one kind.
    pub fn new(kit: Kit, dice: &mut Dice) -> Self {
        let mut roll = |low: f32, high: f32| dice.range((low, high));
        match kit {
            Kit::Acoustic => Self {
                kick: [roll(48., 66.), roll(1.0, 1.8), 0.02, roll(0.22, 0.4), roll(0.3, 0.9), roll(1.0, 1.8)],
                snare: [roll(165., 230.), roll(0.4, 0.8), roll(0.16, 0.3), roll(1200., 2600.)],
                hat: [roll(0.04, 0.08), roll(0.3, 0.6), roll(5500., 7500.), roll(0.4, 0.8)],
                cymbal: [roll(0.9, 1.6), roll(3000., 4500.)],
                tom: [roll(85., 115.), roll(0.3, 0.5)],
                top: roll(9000., 15_000.),
            },
            Kit::Soft => Self {
                kick: [roll(50., 72.), roll(0.5, 1.0), 0.03, roll(0.2, 0.35), roll(0.05, 0.25), 1.0],
                snare: [roll(180., 250.), roll(0.4, 0.7), roll(0.12, 0.22), roll(1800., 3200.)],
                hat: [roll(0.03, 0.06), roll(0.25, 0.5), roll(5000., 7000.), roll(0.5, 0.9)],
                cymbal: [roll(0.8, 1.5), roll(2600., 4200.)],
                tom: [roll(95., 130.), roll(0.3, 0.5)],
                top: roll(8000., 13_000.),
            },
            Kit::Machine => Self {
                kick: [
                    roll(42., 58.),
                    roll(1.6, 3.2),
                    roll(0.02, 0.06),
                    roll(0.3, 0.7),
                    roll(0.2, 0.8),
                    roll(1.2, 3.0),
                ],
                snare: [roll(170., 260.), roll(0.3, 0.7), roll(0.1, 0.25), roll(1500., 3500.)],
                hat: [roll(0.02, 0.06), roll(0.15, 0.4), roll(6500., 9500.), roll(0.5, 1.0)],
                cymbal: [roll(0.5, 1.2), roll(4000., 6000.)],
                tom: [roll(75., 130.), roll(0.2, 0.4)],
                top: roll(11_000., 18_000.),
            },
            Kit::Sampled => Self {
                kick: [roll(48., 70.), roll(1.0, 2.0), 0.02, roll(0.14, 0.26), roll(0.3, 0.9), roll(1.5, 3.5)],
                snare: [roll(180., 260.), roll(0.5, 1.0), roll(0.1, 0.2), roll(900., 2000.)],
                hat: [roll(0.02, 0.05), roll(0.12, 0.3), roll(4000., 6500.), roll(0.3, 0.7)],
                cymbal: [roll(0.5, 1.0), roll(2500., 4000.)],
                tom: [roll(85., 120.), roll(0.2, 0.35)],
                top: roll(6500., 11_000.),
            },
            Kit::Distorted => Self {
                kick: [
                    roll(44., 60.),
                    roll(2.2, 3.6),
                    roll(0.03, 0.07),
                    roll(0.3, 0.55),
                    roll(0.5, 1.0),
                    roll(6.0, 24.0),
                ],
                snare: [roll(190., 280.), roll(0.3, 0.8), roll(0.12, 0.25), roll(1500., 3000.)],
                hat: [roll(0.02, 0.05), roll(0.12, 0.3), roll(7000., 9500.), roll(0.5, 1.0)],
                cymbal: [roll(0.5, 1.0), roll(4000., 6000.)],
                tom: [roll(80., 120.), roll(0.2, 0.35)],
                top: roll(9000., 16_000.),
            },
        }
    }

    fn sound(&self, drum: Drum, studio: &Studio, take: f32, noise: &mut Noise) -> Vec<f32> {
        let rate = studio.rate;
        let frames = |seconds: f32| (seconds * rate) as usize;
        match drum {
            Drum::Kick => {
                let [end, octaves, fall, decay, click, gain] = self.kick;
                let mut body = sweep(studio, end * (1.0 + 0.01 * take), octaves, fall, decay, frames(decay * 1.2));
                burst(&mut body, noise, rate, click * 0.6, 0.004, 3000.0, Tap::Low);
                if gain > 1.0 {
                    super::effects::drive(&mut body, gain, 0.1 * gain.min(2.0) - 0.1);
                    let low = Svf::new((2500.0 + 250.0 * gain) / rate, 0.0);
                    low.all(&mut body, Tap::Low);
                }
                body
            }
            Drum::Snare => {
                let [hertz, shell, decay, corner] = self.snare;
                let mut y = sweep(studio, hertz * (1.0 + 0.02 * take), 0.5, 0.02, decay * 0.6, frames(decay * 1.6));
                y.iter_mut().for_each(|x| *x *= shell);
                burst(&mut y, noise, rate, 0.75, decay, corner, Tap::High);
                burst(&mut y, noise, rate, 0.4, decay * 0.4, 700.0, Tap::Band);
                y
            }
            Drum::Clap => {
                let mut y = vec![0.0; frames(0.3)];
                for (i, at) in [0.0, 0.011, 0.021, 0.03].into_iter().enumerate() {
                    let start = frames(at + 0.002 * take.abs()).min(y.len());
                    let decay = if i == 3 { 0.16 } else { 0.012 };
                    burst(&mut y[start..], noise, rate, 0.8, decay, self.snare[3] * 0.8, Tap::Band);
                }
                y
            }
            Drum::Rim => {
                let mut y = sweep(studio, 420.0 + self.snare[0], 0.1, 0.01, 0.05, frames(0.08));
                burst(&mut y, noise, rate, 0.5, 0.015, 2800.0, Tap::Band);
                y
            }
            Drum::Hat => self.metal(studio, noise, self.hat[0] * (1.0 + 0.15 * take), self.hat[2], self.hat[3], 40.0),
            Drum::OpenHat => {
                self.metal(studio, noise, self.hat[1] * (1.0 + 0.1 * take), self.hat[2], self.hat[3], 40.0)
            }
            Drum::Ride => {
                let mut y = self.metal(studio, noise, self.cymbal[0], self.cymbal[1] * 1.3, 0.85, 61.0);
                burst(&mut y, noise, rate, 0.5, 0.02, 6000.0, Tap::High);
                y.iter_mut().for_each(|x| *x *= 0.6);
                y
            }
            Drum::Crash => self.metal(studio, noise, self.cymbal[0] * 1.3, self.cymbal[1], 0.25, 53.0),
            Drum::HighTom => sweep(studio, self.tom[0] * 1.6, 0.5, 0.05, self.tom[1], frames(self.tom[1] * 1.3)),
            Drum::LowTom => sweep(studio, self.tom[0], 0.5, 0.05, self.tom[1], frames(self.tom[1] * 1.3)),
            Drum::Shaker => {
                let mut y = vec![0.0; frames(0.09)];
                burst(&mut y, noise, rate, 0.7, 0.07, 6000.0, Tap::High);
                let rise = frames(0.02).max(1);
                y.iter_mut().take(rise).enumerate().for_each(|(i, x)| *x *= i as f32 / rise as f32);
                y
            }
            Drum::Brush => {
                let mut y = vec![0.0; frames(0.28)];
                burst(&mut y, noise, rate, 0.6, 0.26, 2600.0, Tap::Band);
                let rise = frames(0.045).max(1);
                y.iter_mut().take(rise).enumerate().for_each(|(i, x)| *x *= i as f32 / rise as f32);
                y
            }
        }
    }

    // Cymbals: six square-like partials that fit no scale, some noise, a highpass.
    fn metal(&self, studio: &Studio, noise: &mut Noise, decay: f32, corner: f32, metal: f32, base: f32) -> Vec<f32> {
        let rate = studio.rate;
        let mut y = vec![0.0f32; ((decay * 1.3 + 0.02) * rate) as usize];
        for ratio in [2.0f32, 3.0, 4.16, 5.43, 6.79, 8.21] {
            let step = base * ratio * 1.72 / rate;
            let mut phase = 0.5 + 0.5 * noise.white();
            for x in &mut y {
                phase += step;
                phase -= phase.floor();
                *x += if phase < 0.5 { metal * 0.3 } else { -metal * 0.3 };
            }
        }
        let hiss = 1.0 - 0.75 * metal;
        y.iter_mut().for_each(|x| *x += hiss * noise.white());
        Svf::new(corner.min(0.33 * rate) / rate, 0.1).all(&mut y, Tap::High);
        let loss = exact::fade(1.0 / rate, decay * 1.3);
        let mut gain = 0.8;
        for x in &mut y {
            *x *= gain;
            gain *= loss;
        }
        y
    }
}

// A sine that falls by `octaves` to `end` Hz.
fn sweep(studio: &Studio, end: f32, octaves: f32, fall: f32, decay: f32, frames: usize) -> Vec<f32> {
    let rate = studio.rate;
    let (mut phase, mut gain) = (0.0f32, 1.0f32);
    let loss = exact::fade(1.0 / rate, decay * 1.3);
    let bend = exact::fade(1.0 / rate, fall * 3.0);
    let mut above = exact::exp2(f64::from(octaves)) as f32 - 1.0;
    (0..frames)
        .map(|_| {
            let y = gain * studio.sine(phase);
            phase += end * (1.0 + above) / rate;
            phase -= phase.floor();
            above *= bend;
            gain *= loss;
            y
        })
        .collect()
}

// Adds decaying filtered noise.
fn burst(out: &mut [f32], noise: &mut Noise, rate: f32, level: f32, decay: f32, corner: f32, tap: Tap) {
    let mut filter = Svf::new(corner.min(0.33 * rate) / rate, 0.2);
    let loss = exact::fade(1.0 / rate, decay * 1.5);
    let mut gain = level;
    for x in out.iter_mut().take((decay * 2.0 * rate) as usize + 1) {
        *x += gain * filter.run(noise.white(), tap);
        gain *= loss;
    }
}

/// The recorded drums of one song.
#[derive(Debug)]
pub struct Recorded {
    // [drum][take]
    sounds: Vec<Vec<Vec<f32>>>,
}

impl Recorded {
    /// Records the drums that `used` says are played.
    pub fn new(patch: &DrumPatch, studio: &Studio, used: impl Fn(Drum) -> bool, noise: &mut Noise) -> Self {
        // `noise` is drawn in the order of DRUMS
        let mut record = |&drum: &Drum| {
            let takes = if used(drum) { TAKES } else { 0 };
            let one = |_| {
                let mut y = patch.sound(drum, studio, noise.white(), noise);
                if patch.top < 0.42 * studio.rate {
                    Svf::new(patch.top / studio.rate, 0.0).all(&mut y, Tap::Low);
                }
                y
            };
            (0..takes).map(one).collect()
        };
        Self { sounds: DRUMS.iter().map(&mut record).collect() }
    }

    /// One take of a drum; empty if it was not recorded.
    pub fn take(&self, drum: Drum, number: usize) -> &[f32] {
        let takes = &self.sounds[drum as usize];
        if takes.is_empty() { &[] } else { &takes[number % takes.len()] }
    }
}

/// Level and place of a drum in the kit: gain, pan (-1..1), send to the room.
pub fn place(drum: Drum) -> (f32, f32, f32) {
    match drum {
        Drum::Kick => (1.0, 0.0, 0.02),
        Drum::Snare => (0.75, 0.05, 0.25),
        Drum::Clap => (0.6, -0.1, 0.3),
        Drum::Rim => (0.5, 0.15, 0.2),
        Drum::Hat => (0.3, 0.35, 0.05),
        Drum::OpenHat => (0.28, 0.35, 0.08),
        Drum::Ride => (0.32, -0.4, 0.1),
        Drum::Crash => (0.22, -0.3, 0.2),
        Drum::HighTom => (0.6, 0.25, 0.25),
        Drum::LowTom => (0.65, -0.25, 0.25),
        Drum::Shaker => (0.25, -0.35, 0.1),
        Drum::Brush => (0.5, -0.05, 0.15),
    }
}
