//! From a voice's name to its settings: what an artist owns.

mod electronic;
mod struck;
mod sustained;

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
        let r: Roll = &mut |low: f32, high: f32| dice.range((low, high));
        match voice {
            Voice::SynthBass => electronic::synth_bass(r),
            Voice::SubBass => electronic::sub_bass(r),
            Voice::AcidBass => electronic::acid_bass(r),
            Voice::SawLead => electronic::saw_lead(r),
            Voice::SquareLead => electronic::square_lead(r),
            Voice::SuperSaw => electronic::super_saw(r),
            Voice::Hoover => electronic::hoover(r),
            Voice::Pad => electronic::pad(r),
            Voice::Stab => electronic::stab(r),
            Voice::Strings => sustained::strings(r),
            Voice::SoloStrings => sustained::solo_strings(r),
            Voice::Brass => sustained::brass(r),
            Voice::Tuba => sustained::tuba(r),
            Voice::Reed => sustained::reed(r),
            Voice::Flute => sustained::flute(r),
            Voice::Organ => sustained::organ(r),
            Voice::Choir => sustained::choir(r),
            Voice::Singer => sustained::singer(r),
            Voice::Rapper => sustained::rapper(r),
            Voice::ElectricBass => struck::electric_bass(r),
            Voice::UprightBass => struck::upright_bass(r),
            Voice::CleanGuitar => struck::clean_guitar(r),
            Voice::DrivenGuitar => struck::driven_guitar(r),
            Voice::NylonGuitar => struck::nylon_guitar(r),
            Voice::Harpsichord => struck::harpsichord(r),
            Voice::Piano => struck::piano(r),
            Voice::ElectricPiano => struck::electric_piano(r),
            Voice::Vibraphone => struck::vibraphone(r),
            Voice::Bells => struck::bells(r),
            Voice::Timpani => struck::timpani(r),
        }
    }
}

type Roll<'a> = &'a mut dyn FnMut(f32, f32) -> f32;

fn dry(engine: Engine) -> Patch {
    Patch { engine, drive: 0.0, band: (20.0, 20_000.0), echo: 0.0, tremolo: (0.0, 1.0), send: 0.2, wide: false }
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
