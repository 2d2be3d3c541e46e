//! Classical: functional harmony, voice leading, a tempo that breathes; no drum kit.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const CADENCE: &[Chord] = &[
    chord(0, MAJ),
    chord(9, MIN),
    chord(2, MIN),
    chord(7, DOM),
    chord(0, MAJ),
    chord(5, MAJ),
    chord(7, DOM),
    chord(0, MAJ),
];
const CANON: &[Chord] = &[
    chord(0, MAJ),
    chord(7, MAJ),
    chord(9, MIN),
    chord(4, MIN),
    chord(5, MAJ),
    chord(0, MAJ),
    chord(5, MAJ),
    chord(7, DOM),
];
const FIFTHS: &[Chord] = &[
    chord(0, MIN),
    chord(5, MIN7),
    chord(10, DOM),
    chord(3, MAJ7),
    chord(8, MAJ7),
    chord(2, HALF),
    chord(7, DOM),
    chord(0, MIN),
];
const LAMENT: &[Chord] = &[
    chord(0, MIN),
    chord(7, MIN),
    chord(8, MAJ),
    chord(3, MAJ),
    chord(5, MIN),
    chord(0, MIN),
    chord(7, DOM),
    chord(7, DOM),
];
const ROMANCE: &[Chord] = &[
    chord(0, MAJ),
    chord(0, DOM),
    chord(5, MAJ),
    chord(5, MIN),
    chord(0, MAJ),
    chord(2, DOM),
    chord(7, DOM),
    chord(11, DIM7),
];

const PULSES: &[&str] = &["x...x...x...x...", "x.x.x.x.x.x.x.x.", "x.......x......."];
const HORNS: &[&str] = &["x.......x.x.....", "x...............", "x.....x.x......."];
const CYMBALS: &[Groove] = &[Groove {
    verse: &[(Crash, "................................................o...............")],
    chorus: &[(Crash, "x...............................")],
}];

/// The ways to play classical.
pub const STYLES: &[Style] = &[
    Style {
        name: "adagio for strings",
        tempo: (46.0, 84.0),
        loose: 0.015,
        rubato: 0.7,
        scales: &[MAJOR, MINOR, HARMONIC],
        progressions: &[CANON, LAMENT, ROMANCE, CADENCE],
        chord_beats: &[2, 4],
        form: THEMES,
        fills: false,
        room: 2.2,
        parts: &[
            part(Strings, Held, (48, 72), -2.0, ALL, 1.0),
            part(Strings, Long, (31, 50), -3.0, ALL, 1.0),
            part(SoloStrings, Tune(5), (64, 88), -1.0, V | C, 1.0),
            part(SoloStrings, Counter, (52, 69), -4.0, C | B, 0.8),
            part(Flute, Tune(4), (72, 90), -5.0, B | C, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "piano sonata",
        tempo: (62.0, 152.0),
        loose: 0.012,
        rubato: 0.8,
        scales: &[MAJOR, HARMONIC, MINOR],
        progressions: &[CADENCE, FIFTHS, ROMANCE, LAMENT],
        chord_beats: &[4, 2],
        form: THEMES,
        fills: false,
        room: 1.3,
        parts: &[
            part(Piano, Alberti, (48, 67), -4.0, V | B, 0.7),
            part(Piano, Arpeggio(4), (43, 79), -5.0, C, 0.8),
            part(Piano, Long, (28, 48), -3.0, ALL, 1.0),
            part(Piano, Tune(8), (64, 91), 0.0, ALL, 1.0),
            part(Piano, Held, (52, 72), -5.0, O | C, 0.6),
        ],
        ..PLAIN
    },
    Style {
        name: "baroque",
        tempo: (72.0, 136.0),
        loose: 0.008,
        rubato: 0.3,
        scales: &[MAJOR, HARMONIC],
        progressions: &[FIFTHS, CANON, CADENCE],
        chord_beats: &[2, 4],
        form: THEMES,
        fills: false,
        room: 1.6,
        parts: &[
            part(Harpsichord, Arpeggio(2), (55, 79), -5.0, ALL, 0.9),
            part(Strings, Figure(PULSES), (36, 52), -3.0, ALL, 1.0),
            part(SoloStrings, Tune(10), (64, 86), -1.0, V | C, 0.9),
            part(Flute, Line, (72, 93), -3.0, C | B, 0.6),
            part(Strings, Held, (52, 72), -6.0, C | O, 0.7),
        ],
        ..PLAIN
    },
    Style {
        name: "symphony",
        tempo: (96.0, 184.0),
        loose: 0.012,
        rubato: 0.3,
        scales: &[MAJOR, HARMONIC, MINOR],
        progressions: &[CADENCE, FIFTHS, LAMENT],
        chord_beats: &[4],
        form: THEMES,
        drums: Some((Kit::Soft, CYMBALS)),
        drum_level: -8.0,
        fills: false,
        room: 1.9,
        parts: &[
            part(Strings, Ostinato, (50, 74), -4.0, V | C, 0.8),
            part(Strings, Figure(PULSES), (31, 50), -2.0, ALL, 1.0),
            part(Strings, Tune(7), (64, 88), 0.0, V | C, 1.0),
            part(Brass, Rhythm(HORNS), (50, 70), -3.0, C | O, 0.9),
            part(Timpani, Roots(HORNS), (38, 50), -3.0, C | O, 0.8),
            part(Flute, Tune(6), (74, 93), -5.0, B | C, 0.7),
            part(Reed, Counter, (60, 79), -6.0, B | V, 0.6),
        ],
        ..PLAIN
    },
    Style {
        name: "waltz",
        tempo: (84.0, 176.0),
        beats: 3,
        loose: 0.012,
        rubato: 0.6,
        scales: &[MAJOR, MINOR],
        progressions: &[CADENCE, ROMANCE, CANON],
        chord_beats: &[3],
        form: THEMES,
        fills: false,
        room: 1.5,
        parts: &[
            part(Strings, Roots(&["x..........."]), (33, 48), -2.0, ALL, 1.0),
            part(Strings, Rhythm(&["....x...x..."]), (52, 72), -5.0, ALL, 1.0),
            part(SoloStrings, Tune(5), (64, 88), 0.0, V | C, 0.8),
            part(Piano, Tune(6), (69, 93), -2.0, B | C, 0.7),
            part(Flute, Counter, (72, 91), -6.0, C, 0.5),
        ],
        ..PLAIN
    },
];
