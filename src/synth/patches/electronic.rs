//! Patches of synthesisers.

use super::{Engine, Patch, Roll, bass, dry, held};
use crate::synth::wave::{Shape, Wave};

pub(super) fn synth_bass(r: Roll) -> Patch {
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
    Patch { drive: r(0.8, 2.5), send: 0.02, ..dry(Engine::Wave(wave)) }
}

pub(super) fn sub_bass(r: Roll) -> Patch {
    let wave = Wave {
        sub: 0.0,
        cutoff: r(200., 700.),
        decay: r(0.6, 1.8),
        sustain: 0.35,
        glide: r(0.0, 0.08),
        ..bass(Shape::Triangle)
    };
    Patch { drive: r(1.0, 4.0), send: 0.0, ..dry(Engine::Wave(wave)) }
}

pub(super) fn acid_bass(r: Roll) -> Patch {
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
    Patch { drive: r(1.2, 5.0), echo: r(0.0, 0.25), send: 0.08, ..dry(Engine::Wave(wave)) }
}

pub(super) fn saw_lead(r: Roll) -> Patch {
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
    Patch { echo: r(0.1, 0.4), send: r(0.1, 0.3), wide: true, ..dry(Engine::Wave(wave)) }
}

pub(super) fn square_lead(r: Roll) -> Patch {
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
    Patch { echo: r(0.1, 0.4), send: r(0.1, 0.3), ..dry(Engine::Wave(wave)) }
}

pub(super) fn super_saw(r: Roll) -> Patch {
    let wave = Wave {
        unison: 7,
        detune: r(14., 32.),
        cutoff: r(1800., 5000.),
        sweep: r(0.3, 1.5),
        sweep_decay: r(0.2, 0.7),
        release: r(0.1, 0.4),
        ..held(Shape::Saw)
    };
    Patch { band: (120.0, 18_000.0), echo: r(0.1, 0.3), send: r(0.2, 0.4), wide: true, ..dry(Engine::Wave(wave)) }
}

pub(super) fn hoover(r: Roll) -> Patch {
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
    Patch {
        drive: r(1.5, 6.0),
        band: (90.0, r(5000., 9000.)),
        send: r(0.1, 0.3),
        wide: true,
        ..dry(Engine::Wave(wave))
    }
}

pub(super) fn pad(r: Roll) -> Patch {
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
    Patch {
        band: (120.0, 12_000.0),
        tremolo: (r(0., 0.25), r(0.2, 4.)),
        send: r(0.3, 0.5),
        wide: true,
        ..dry(Engine::Wave(wave))
    }
}

pub(super) fn stab(r: Roll) -> Patch {
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
    Patch { echo: r(0.15, 0.45), band: (150.0, 14_000.0), send: r(0.15, 0.4), wide: true, ..dry(Engine::Wave(wave)) }
}
