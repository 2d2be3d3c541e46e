//! Patches of strings, bars and skins that are struck.

use super::{Engine, Patch, Roll, dry};
use crate::synth::struck::{Fm, Modal, Pluck};

pub(super) fn electric_bass(r: Roll) -> Patch {
    let pluck = Pluck {
        loop_cutoff: r(1500., 4500.),
        pick_cutoff: r(900., 3500.),
        position: r(0.1, 0.3),
        t60: r(2.5, 5.),
        release: 0.08,
        body: r(0.0, 0.06),
    };
    Patch { drive: r(0.6, 2.0), band: (35.0, r(2500., 5000.)), send: 0.03, ..dry(Engine::Pluck(pluck)) }
}

pub(super) fn upright_bass(r: Roll) -> Patch {
    let pluck = Pluck {
        loop_cutoff: r(900., 2000.),
        pick_cutoff: r(500., 1300.),
        position: r(0.2, 0.4),
        t60: r(1.2, 2.4),
        release: 0.1,
        body: r(0.08, 0.2),
    };
    Patch { band: (40.0, r(2000., 4000.)), send: 0.08, ..dry(Engine::Pluck(pluck)) }
}

pub(super) fn clean_guitar(r: Roll) -> Patch {
    let pluck = Pluck {
        loop_cutoff: r(4000., 9000.),
        pick_cutoff: r(2500., 6500.),
        position: r(0.08, 0.3),
        t60: r(1.8, 3.5),
        release: 0.12,
        body: r(0.0, 0.05),
    };
    Patch {
        band: (90.0, r(4500., 7500.)),
        echo: r(0.0, 0.2),
        tremolo: (r(0., 0.2), r(3., 6.)),
        send: r(0.15, 0.3),
        ..dry(Engine::Pluck(pluck))
    }
}

pub(super) fn driven_guitar(r: Roll) -> Patch {
    let pluck = Pluck {
        loop_cutoff: r(5000., 10_000.),
        pick_cutoff: r(3000., 7000.),
        position: r(0.06, 0.2),
        t60: r(4., 7.),
        release: 0.07,
        body: r(0.02, 0.08),
    };
    Patch {
        drive: r(5.0, 30.0),
        band: (90.0, r(3200., 5200.)),
        send: r(0.05, 0.15),
        wide: true,
        ..dry(Engine::Pluck(pluck))
    }
}

pub(super) fn nylon_guitar(r: Roll) -> Patch {
    let pluck = Pluck {
        loop_cutoff: r(2200., 4500.),
        pick_cutoff: r(1400., 3200.),
        position: r(0.15, 0.4),
        t60: r(1.2, 2.4),
        release: 0.12,
        body: r(0.05, 0.15),
    };
    Patch { band: (75.0, r(5000., 9000.)), send: r(0.15, 0.3), ..dry(Engine::Pluck(pluck)) }
}

pub(super) fn harpsichord(r: Roll) -> Patch {
    let pluck = Pluck {
        loop_cutoff: r(7000., 14_000.),
        pick_cutoff: 14_000.0,
        position: r(0.05, 0.15),
        t60: r(1.4, 2.6),
        release: 0.1,
        body: 0.03,
    };
    Patch { send: r(0.25, 0.4), ..dry(Engine::Pluck(pluck)) }
}

pub(super) fn piano(r: Roll) -> Patch {
    let slope = r(0.9, 1.4);
    let modal = Modal {
        partials: series(|n| (n, slope.min(n) / (slope * n), 1.0 / (0.55 + 0.45 * n))),
        stiffness: r(2e-4, 8e-4),
        t60: r(3.0, 5.0),
        release: r(0.15, 0.3),
        touch: r(0.15, 0.35),
        hammer: r(0.1, 0.5),
    };
    Patch { send: r(0.1, 0.25), wide: r(0., 1.) < 0.5, ..dry(Engine::Modal(modal)) }
}

pub(super) fn electric_piano(r: Roll) -> Patch {
    let fm = Fm {
        ratio: if r(0., 1.) < 0.6 { 1.0 } else { 14.0 },
        index: r(0.8, 2.2),
        index_decay: r(0.6, 1.6),
        t60: r(2.5, 5.),
        release: 0.2,
    };
    Patch {
        drive: r(0.0, 1.6),
        tremolo: (r(0.0, 0.5), r(3., 6.)),
        send: r(0.1, 0.25),
        wide: true,
        ..dry(Engine::Fm(fm))
    }
}

pub(super) fn vibraphone(r: Roll) -> Patch {
    let modal = Modal {
        partials: bars([(1.0, 1.0, 1.0), (3.98, 0.35, 0.35), (10.3, 0.12, 0.12)]),
        stiffness: 0.0,
        t60: r(3., 5.),
        release: r(0.3, 0.8),
        touch: 0.3,
        hammer: 0.1,
    };
    Patch { tremolo: (r(0.2, 0.5), r(3.5, 6.)), send: r(0.2, 0.35), ..dry(Engine::Modal(modal)) }
}

pub(super) fn bells(r: Roll) -> Patch {
    if r(0., 1.) < 0.5 {
        let fm = Fm { ratio: 3.5, index: r(1.0, 3.0), index_decay: r(0.5, 1.5), t60: r(1.0, 3.0), release: 0.6 };
        Patch { echo: r(0.1, 0.3), send: r(0.25, 0.45), ..dry(Engine::Fm(fm)) }
    } else {
        let modal = Modal {
            partials: bars([(1.0, 1.0, 1.0), (2.76, 0.5, 0.6), (5.4, 0.3, 0.35)]),
            stiffness: 0.0,
            t60: r(1.5, 3.5),
            release: 0.8,
            touch: 0.2,
            hammer: 0.1,
        };
        Patch { echo: r(0.0, 0.3), send: r(0.25, 0.45), ..dry(Engine::Modal(modal)) }
    }
}

pub(super) fn timpani(r: Roll) -> Patch {
    let modal = Modal {
        partials: bars([(1.0, 1.0, 1.0), (1.5, 0.6, 0.8), (1.98, 0.4, 0.6)]),
        stiffness: 0.0,
        t60: r(0.9, 1.6),
        release: 0.5,
        touch: 0.3,
        hammer: 0.6,
    };
    Patch { send: 0.4, ..dry(Engine::Modal(modal)) }
}

fn series(partial: impl Fn(f32) -> (f32, f32, f32)) -> [(f32, f32, f32); 10] {
    std::array::from_fn(|k| partial((k + 1) as f32))
}

fn bars(given: [(f32, f32, f32); 3]) -> [(f32, f32, f32); 10] {
    std::array::from_fn(|k| given.get(k).copied().unwrap_or((1.0, 0.0, 1.0)))
}
