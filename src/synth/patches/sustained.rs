//! Patches of bows, winds, organs and voices.

use super::{Engine, Patch, Roll, dry, held};
use crate::synth::wave::{Shape, Wave};

pub(super) fn strings(r: Roll) -> Patch {
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
    Patch { send: r(0.35, 0.55), wide: true, ..dry(Engine::Wave(wave)) }
}

pub(super) fn solo_strings(r: Roll) -> Patch {
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
    Patch { send: r(0.3, 0.5), band: (180.0, 11_000.0), ..dry(Engine::Wave(wave)) }
}

pub(super) fn brass(r: Roll) -> Patch {
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
    Patch { send: r(0.2, 0.4), ..dry(Engine::Wave(wave)) }
}

pub(super) fn tuba(r: Roll) -> Patch {
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
    Patch { send: 0.2, ..dry(Engine::Wave(wave)) }
}

pub(super) fn reed(r: Roll) -> Patch {
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
    Patch { send: r(0.15, 0.35), ..dry(Engine::Wave(wave)) }
}

pub(super) fn flute(r: Roll) -> Patch {
    let wave = Wave {
        noise: r(0.04, 0.1),
        cutoff: r(1500., 3000.),
        follow: 0.6,
        attack: r(0.04, 0.09),
        release: 0.12,
        vibrato: (r(6., 18.), r(4.6, 5.8)),
        ..held(Shape::Triangle)
    };
    Patch { send: r(0.25, 0.45), ..dry(Engine::Wave(wave)) }
}

pub(super) fn organ(r: Roll) -> Patch {
    let wave = Wave {
        unison: 2,
        detune: r(1., 6.),
        cutoff: r(2500., 6000.),
        attack: 0.008,
        release: 0.06,
        ..held(Shape::Organ)
    };
    Patch { drive: r(0.8, 2.5), tremolo: (r(0.1, 0.4), r(0.8, 6.5)), send: r(0.1, 0.3), ..dry(Engine::Wave(wave)) }
}

pub(super) fn choir(r: Roll) -> Patch {
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
    Patch { send: r(0.4, 0.6), wide: true, ..dry(Engine::Wave(wave)) }
}

pub(super) fn singer(r: Roll) -> Patch {
    let wave = Wave {
        noise: r(0.02, 0.06),
        formants: r(1.0, 1.2),
        attack: 0.05,
        release: 0.12,
        vibrato: (r(15., 40.), r(4.8, 6.)),
        glide: r(0.04, 0.09),
        ..held(Shape::Saw)
    };
    Patch { drive: r(0.0, 1.5), send: r(0.15, 0.35), echo: r(0.0, 0.15), ..dry(Engine::Wave(wave)) }
}

pub(super) fn rapper(r: Roll) -> Patch {
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
    Patch { drive: r(0.5, 2.0), band: (120.0, 9000.0), send: r(0.02, 0.12), ..dry(Engine::Wave(wave)) }
}
