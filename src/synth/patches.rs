//! From a voice's name to its settings: what an artist owns.

use super::{
    dice::{Dice, Noise},
    struck::{Fm, Modal, Pluck},
    style::Voice,
    wave::{Shape, Studio, Tone, Wave},
};

/// How a voice makes its sound.
#[derive(Debug, Clone, Copy)]
pub enum Engine {
    /// Oscillators and a filter.
    Wave(Wave),
    /// A plucked string.
    Pluck(Pluck),
    /// Decaying partials.
    Modal(Modal),
    /// Frequency modulation.
    Fm(Fm),
}

/// An artist's sound for one voice.
#[derive(Debug, Clone, Copy)]
pub struct Patch {
    /// The sound's source.
    pub engine: Engine,
    /// Drive of the whole part: the gain before the clipper; 0 for none.
    pub drive: f32,
    /// Corners of the part's band in Hz: a cabinet, a microphone.
    pub band: (f32, f32),
    /// Echo's level; its time is three sixteenths.
    pub echo: f32,
    /// Tremolo: depth, Hz.
    pub tremolo: (f32, f32),
    /// Share sent to the room.
    pub send: f32,
    /// Whether the part is doubled, left and right.
    pub wide: bool,
}

impl Patch {
    /// Adds one tone to `out`.
    pub fn render(&self, studio: &Studio, tone: &Tone, noise: &mut Noise, out: &mut [f32]) {
        match &self.engine {
            Engine::Wave(engine) => engine.render(studio, tone, noise, out),
            Engine::Pluck(engine) => engine.render(studio, tone, noise, out),
            Engine::Modal(engine) => engine.render(studio, tone, noise, out),
            Engine::Fm(engine) => engine.render(studio, tone, out),
        }
    }

    /// The patch of `voice` that the artist's dice for it give.
    pub fn new(voice: Voice, dice: &mut Dice) -> Self {
        let dry = |engine| Self {
            engine,
            drive: 0.0,
            band: (20.0, 20_000.0),
            echo: 0.0,
            tremolo: (0.0, 1.0),
            send: 0.2,
            wide: false,
        };
        let mut r = |low: f32, high: f32| dice.range((low, high));
        match voice {
            Voice::SynthBass => {
                let shape = if r(0., 1.) < 0.5 { Shape::Saw } else { Shape::Square };
                let wave = Wave {
                    unison: 2,
                    detune: r(2., 9.),
                    sub: r(0.2, 0.8),
                    cutoff: r(180., 500.),
                    sweep: r(1., 3.),
                    sweep_decay: r(0.08, 0.3),
                    resonance: r(0.1, 0.5),
                    sustain: 0.7,
                    ..bass(shape)
                };
                Self { drive: r(0.8, 2.5), send: 0.02, ..dry(Engine::Wave(wave)) }
            }
            Voice::SubBass => {
                let wave = Wave {
                    sub: 0.0,
                    cutoff: r(200., 700.),
                    decay: r(0.6, 1.8),
                    sustain: 0.35,
                    glide: r(0.0, 0.08),
                    ..bass(Shape::Triangle)
                };
                Self { drive: r(1.0, 4.0), send: 0.0, ..dry(Engine::Wave(wave)) }
            }
            Voice::AcidBass => {
                let shape = if r(0., 1.) < 0.6 { Shape::Saw } else { Shape::Square };
                let wave = Wave {
                    sub: 0.0,
                    cutoff: r(160., 420.),
                    sweep: r(2.5, 4.5),
                    sweep_decay: r(0.1, 0.3),
                    resonance: r(0.6, 0.88),
                    glide: 0.04,
                    ..bass(shape)
                };
                Self { drive: r(1.2, 5.0), echo: r(0.0, 0.25), send: 0.08, ..dry(Engine::Wave(wave)) }
            }
            Voice::ElectricBass => {
                let pluck = Pluck {
                    loop_cutoff: r(1500., 4500.),
                    pick_cutoff: r(900., 3500.),
                    position: r(0.1, 0.3),
                    t60: r(2.5, 5.),
                    release: 0.08,
                    body: r(0.0, 0.06),
                };
                Self { drive: r(0.6, 2.0), band: (35.0, r(2500., 5000.)), send: 0.03, ..dry(Engine::Pluck(pluck)) }
            }
            Voice::UprightBass => {
                let pluck = Pluck {
                    loop_cutoff: r(900., 2000.),
                    pick_cutoff: r(500., 1300.),
                    position: r(0.2, 0.4),
                    t60: r(1.2, 2.4),
                    release: 0.1,
                    body: r(0.08, 0.2),
                };
                Self { band: (40.0, r(2000., 4000.)), send: 0.08, ..dry(Engine::Pluck(pluck)) }
            }
            Voice::SawLead => {
                let wave = Wave {
                    unison: if r(0., 1.) < 0.5 { 1 } else { 3 },
                    detune: r(4., 16.),
                    cutoff: r(700., 2500.),
                    sweep: r(1., 3.),
                    sweep_decay: r(0.15, 0.6),
                    resonance: r(0.1, 0.5),
                    vibrato: (r(0., 18.), r(4.5, 6.5)),
                    glide: r(0.0, 0.06),
                    ..held(Shape::Saw)
                };
                Self { echo: r(0.1, 0.4), send: r(0.1, 0.3), wide: true, ..dry(Engine::Wave(wave)) }
            }
            Voice::SquareLead => {
                let shape = if r(0., 1.) < 0.6 { Shape::Square } else { Shape::Pulse };
                let wave = Wave {
                    detune: r(2., 8.),
                    unison: 2,
                    cutoff: r(900., 3000.),
                    sweep: r(0.5, 2.5),
                    sweep_decay: r(0.1, 0.5),
                    resonance: r(0., 0.4),
                    vibrato: (r(0., 15.), r(4.5, 6.5)),
                    ..held(shape)
                };
                Self { echo: r(0.1, 0.4), send: r(0.1, 0.3), ..dry(Engine::Wave(wave)) }
            }
            Voice::SuperSaw => {
                let wave = Wave {
                    unison: 7,
                    detune: r(14., 32.),
                    cutoff: r(1800., 5000.),
                    sweep: r(0.3, 1.5),
                    sweep_decay: r(0.2, 0.7),
                    release: r(0.1, 0.4),
                    ..held(Shape::Saw)
                };
                Self {
                    band: (120.0, 18_000.0),
                    echo: r(0.1, 0.3),
                    send: r(0.2, 0.4),
                    wide: true,
                    ..dry(Engine::Wave(wave))
                }
            }
            Voice::Hoover => {
                let wave = Wave {
                    unison: 5,
                    detune: r(25., 55.),
                    sub: r(0.2, 0.6),
                    cutoff: r(1200., 3000.),
                    sweep: r(0.5, 1.5),
                    sweep_decay: 0.4,
                    resonance: r(0.1, 0.4),
                    glide: r(0.05, 0.15),
                    vibrato: (r(8., 30.), r(5., 7.)),
                    ..held(Shape::Pulse)
                };
                Self {
                    drive: r(1.5, 6.0),
                    band: (90.0, r(5000., 9000.)),
                    send: r(0.1, 0.3),
                    wide: true,
                    ..dry(Engine::Wave(wave))
                }
            }
            Voice::Pad => {
                let shape = if r(0., 1.) < 0.6 { Shape::Saw } else { Shape::Square };
                let wave = Wave {
                    unison: 3,
                    detune: r(6., 16.),
                    cutoff: r(400., 1600.),
                    sweep: 0.0,
                    attack: r(0.15, 0.7),
                    release: r(0.4, 1.2),
                    ..held(shape)
                };
                Self {
                    band: (120.0, 12_000.0),
                    tremolo: (r(0., 0.25), r(0.2, 4.)),
                    send: r(0.3, 0.5),
                    wide: true,
                    ..dry(Engine::Wave(wave))
                }
            }
            Voice::Stab => {
                let wave = Wave {
                    unison: 3,
                    detune: r(6., 20.),
                    cutoff: r(500., 1500.),
                    sweep: r(1.5, 3.),
                    sweep_decay: r(0.1, 0.3),
                    resonance: r(0.1, 0.4),
                    decay: r(0.1, 0.3),
                    sustain: 0.1,
                    release: 0.12,
                    ..held(Shape::Saw)
                };
                Self {
                    echo: r(0.15, 0.45),
                    band: (150.0, 14_000.0),
                    send: r(0.15, 0.4),
                    wide: true,
                    ..dry(Engine::Wave(wave))
                }
            }
            Voice::Strings => {
                let wave = Wave {
                    unison: 4,
                    detune: r(7., 13.),
                    noise: 0.02,
                    cutoff: r(1500., 3200.),
                    follow: 0.6,
                    attack: r(0.06, 0.2),
                    release: r(0.2, 0.45),
                    vibrato: (r(6., 14.), r(4.8, 6.)),
                    ..held(Shape::Saw)
                };
                Self { send: r(0.35, 0.55), wide: true, ..dry(Engine::Wave(wave)) }
            }
            Voice::SoloStrings => {
                let wave = Wave {
                    noise: 0.03,
                    cutoff: r(1800., 3800.),
                    follow: 0.7,
                    resonance: 0.2,
                    attack: r(0.04, 0.1),
                    release: r(0.12, 0.3),
                    vibrato: (r(14., 30.), r(5., 6.4)),
                    ..held(Shape::Saw)
                };
                Self { send: r(0.3, 0.5), band: (180.0, 11_000.0), ..dry(Engine::Wave(wave)) }
            }
            Voice::Brass => {
                let wave = Wave {
                    unison: 2,
                    detune: r(3., 9.),
                    noise: 0.01,
                    cutoff: r(500., 1100.),
                    follow: 0.8,
                    sweep: r(1.2, 2.2),
                    sweep_decay: r(0.5, 1.2),
                    attack: r(0.03, 0.07),
                    sustain: 0.8,
                    vibrato: (r(2., 10.), 5.2),
                    ..held(Shape::Saw)
                };
                Self { send: r(0.2, 0.4), ..dry(Engine::Wave(wave)) }
            }
            Voice::Tuba => {
                let wave = Wave {
                    cutoff: r(280., 500.),
                    follow: 0.5,
                    sweep: 1.2,
                    sweep_decay: 0.3,
                    attack: 0.04,
                    sustain: 0.7,
                    noise: 0.01,
                    ..held(Shape::Saw)
                };
                Self { send: 0.2, ..dry(Engine::Wave(wave)) }
            }
            Voice::Reed => {
                let wave = Wave {
                    noise: r(0.02, 0.07),
                    cutoff: r(900., 2000.),
                    follow: 0.6,
                    sweep: r(0.5, 1.4),
                    sweep_decay: 0.5,
                    resonance: 0.15,
                    attack: r(0.02, 0.06),
                    sustain: 0.85,
                    release: 0.1,
                    vibrato: (r(8., 24.), r(4.6, 5.8)),
                    glide: r(0.0, 0.04),
                    ..held(Shape::Reed)
                };
                Self { send: r(0.15, 0.35), ..dry(Engine::Wave(wave)) }
            }
            Voice::Flute => {
                let wave = Wave {
                    noise: r(0.04, 0.1),
                    cutoff: r(1500., 3000.),
                    follow: 0.6,
                    attack: r(0.04, 0.09),
                    release: 0.12,
                    vibrato: (r(6., 18.), r(4.6, 5.8)),
                    ..held(Shape::Triangle)
                };
                Self { send: r(0.25, 0.45), ..dry(Engine::Wave(wave)) }
            }
            Voice::Organ => {
                let wave = Wave {
                    unison: 2,
                    detune: r(1., 6.),
                    cutoff: r(2500., 6000.),
                    attack: 0.008,
                    release: 0.06,
                    ..held(Shape::Organ)
                };
                Self {
                    drive: r(0.8, 2.5),
                    tremolo: (r(0.1, 0.4), r(0.8, 6.5)),
                    send: r(0.1, 0.3),
                    ..dry(Engine::Wave(wave))
                }
            }
            Voice::Choir => {
                let wave = Wave {
                    unison: 4,
                    detune: r(10., 20.),
                    noise: 0.03,
                    formants: r(1.0, 1.15),
                    attack: r(0.1, 0.3),
                    release: 0.5,
                    vibrato: (r(8., 20.), 5.0),
                    ..held(Shape::Saw)
                };
                Self { send: r(0.4, 0.6), wide: true, ..dry(Engine::Wave(wave)) }
            }
            Voice::Singer => {
                let wave = Wave {
                    noise: r(0.02, 0.06),
                    formants: r(1.0, 1.2),
                    attack: 0.05,
                    release: 0.12,
                    vibrato: (r(15., 40.), r(4.8, 6.)),
                    glide: r(0.04, 0.09),
                    ..held(Shape::Saw)
                };
                Self { drive: r(0.0, 1.5), send: r(0.15, 0.35), echo: r(0.0, 0.15), ..dry(Engine::Wave(wave)) }
            }
            Voice::Rapper => {
                let wave = Wave {
                    noise: r(0.05, 0.16),
                    formants: r(0.95, 1.12),
                    attack: 0.012,
                    decay: 0.12,
                    sustain: 0.55,
                    release: 0.05,
                    glide: 0.05,
                    ..held(Shape::Saw)
                };
                Self { drive: r(0.5, 2.0), band: (120.0, 9000.0), send: r(0.02, 0.12), ..dry(Engine::Wave(wave)) }
            }
            Voice::CleanGuitar => {
                let pluck = Pluck {
                    loop_cutoff: r(4000., 9000.),
                    pick_cutoff: r(2500., 6500.),
                    position: r(0.08, 0.3),
                    t60: r(1.8, 3.5),
                    release: 0.12,
                    body: r(0.0, 0.05),
                };
                Self {
                    band: (90.0, r(4500., 7500.)),
                    echo: r(0.0, 0.2),
                    tremolo: (r(0., 0.2), r(3., 6.)),
                    send: r(0.15, 0.3),
                    ..dry(Engine::Pluck(pluck))
                }
            }
            Voice::DrivenGuitar => {
                let pluck = Pluck {
                    loop_cutoff: r(5000., 10_000.),
                    pick_cutoff: r(3000., 7000.),
                    position: r(0.06, 0.2),
                    t60: r(4., 7.),
                    release: 0.07,
                    body: r(0.02, 0.08),
                };
                Self {
                    drive: r(5.0, 30.0),
                    band: (90.0, r(3200., 5200.)),
                    send: r(0.05, 0.15),
                    wide: true,
                    ..dry(Engine::Pluck(pluck))
                }
            }
            Voice::NylonGuitar => {
                let pluck = Pluck {
                    loop_cutoff: r(2200., 4500.),
                    pick_cutoff: r(1400., 3200.),
                    position: r(0.15, 0.4),
                    t60: r(1.2, 2.4),
                    release: 0.12,
                    body: r(0.05, 0.15),
                };
                Self { band: (75.0, r(5000., 9000.)), send: r(0.15, 0.3), ..dry(Engine::Pluck(pluck)) }
            }
            Voice::Harpsichord => {
                let pluck = Pluck {
                    loop_cutoff: r(7000., 14_000.),
                    pick_cutoff: 14_000.0,
                    position: r(0.05, 0.15),
                    t60: r(1.4, 2.6),
                    release: 0.1,
                    body: 0.03,
                };
                Self { send: r(0.25, 0.4), ..dry(Engine::Pluck(pluck)) }
            }
            Voice::Piano => {
                let slope = r(0.9, 1.4);
                let modal = Modal {
                    partials: series(|n| (n, slope.min(n) / (slope * n), 1.0 / (0.55 + 0.45 * n))),
                    stiffness: r(2e-4, 8e-4),
                    t60: r(3.0, 5.0),
                    release: r(0.15, 0.3),
                    touch: r(0.15, 0.35),
                    hammer: r(0.1, 0.5),
                };
                Self { send: r(0.1, 0.25), wide: r(0., 1.) < 0.5, ..dry(Engine::Modal(modal)) }
            }
            Voice::ElectricPiano => {
                let fm = Fm {
                    ratio: if r(0., 1.) < 0.6 { 1.0 } else { 14.0 },
                    index: r(0.8, 2.2),
                    index_decay: r(0.6, 1.6),
                    t60: r(2.5, 5.),
                    release: 0.2,
                };
                Self {
                    drive: r(0.0, 1.6),
                    tremolo: (r(0.0, 0.5), r(3., 6.)),
                    send: r(0.1, 0.25),
                    wide: true,
                    ..dry(Engine::Fm(fm))
                }
            }
            Voice::Vibraphone => {
                let modal = Modal {
                    partials: bars([(1.0, 1.0, 1.0), (3.98, 0.35, 0.35), (10.3, 0.12, 0.12)]),
                    stiffness: 0.0,
                    t60: r(3., 5.),
                    release: r(0.3, 0.8),
                    touch: 0.3,
                    hammer: 0.1,
                };
                Self { tremolo: (r(0.2, 0.5), r(3.5, 6.)), send: r(0.2, 0.35), ..dry(Engine::Modal(modal)) }
            }
            Voice::Bells => {
                if r(0., 1.) < 0.5 {
                    let fm =
                        Fm { ratio: 3.5, index: r(1.0, 3.0), index_decay: r(0.5, 1.5), t60: r(1.0, 3.0), release: 0.6 };
                    Self { echo: r(0.1, 0.3), send: r(0.25, 0.45), ..dry(Engine::Fm(fm)) }
                } else {
                    let modal = Modal {
                        partials: bars([(1.0, 1.0, 1.0), (2.76, 0.5, 0.6), (5.4, 0.3, 0.35)]),
                        stiffness: 0.0,
                        t60: r(1.5, 3.5),
                        release: 0.8,
                        touch: 0.2,
                        hammer: 0.1,
                    };
                    Self { echo: r(0.0, 0.3), send: r(0.25, 0.45), ..dry(Engine::Modal(modal)) }
                }
            }
            Voice::Timpani => {
                let modal = Modal {
                    partials: bars([(1.0, 1.0, 1.0), (1.5, 0.6, 0.8), (1.98, 0.4, 0.6)]),
                    stiffness: 0.0,
                    t60: r(0.9, 1.6),
                    release: 0.5,
                    touch: 0.3,
                    hammer: 0.6,
                };
                Self { send: 0.4, ..dry(Engine::Modal(modal)) }
            }
        }
    }
}

fn held(shape: Shape) -> Wave {
    Wave {
        shape,
        unison: 1,
        detune: 0.0,
        sub: 0.0,
        noise: 0.0,
        cutoff: 2000.0,
        follow: 0.4,
        sweep: 0.0,
        sweep_decay: 0.3,
        resonance: 0.0,
        attack: 0.006,
        decay: 0.3,
        sustain: 0.9,
        release: 0.08,
        vibrato: (0.0, 5.0),
        glide: 0.0,
        formants: 0.0,
    }
}

fn bass(shape: Shape) -> Wave {
    Wave { follow: 0.2, attack: 0.004, decay: 0.25, sustain: 0.8, release: 0.05, ..held(shape) }
}

fn series(partial: impl Fn(f32) -> (f32, f32, f32)) -> [(f32, f32, f32); 10] {
    std::array::from_fn(|k| partial((k + 1) as f32))
}

fn bars(given: [(f32, f32, f32); 3]) -> [(f32, f32, f32); 10] {
    std::array::from_fn(|k| given.get(k).copied().unwrap_or((1.0, 0.0, 1.0)))
}
