//! Jazz: extended harmony, walking bass, a ride cymbal that swings, solos.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const TWO_FIVE: &[Chord] = &[chord(2, MIN9), chord(7, DOM9), chord(0, MAJ9), chord(9, ALT)];
const MINOR_TWO_FIVE: &[Chord] = &[chord(2, HALF), chord(7, ALT), chord(0, MIN9), chord(0, MIN9)];
const RHYTHM: &[Chord] = &[
    chord(0, MAJ7),
    chord(9, DOM),
    chord(2, MIN7),
    chord(7, DOM9),
    chord(4, MIN7),
    chord(9, ALT),
    chord(2, MIN7),
    chord(7, DOM9),
];
const LEAVES: &[Chord] = &[
    chord(5, MIN7),
    chord(10, DOM9),
    chord(3, MAJ9),
    chord(8, MAJ7),
    chord(2, HALF),
    chord(7, ALT),
    chord(0, MIN9),
    chord(0, MIN7),
];
const MODAL: &[Chord] = &[chord(0, MIN9), chord(0, MIN9), chord(0, MIN9), chord(2, MIN9)];
const BLUES: &[Chord] = &[
    chord(0, DOM9),
    chord(5, DOM9),
    chord(0, DOM9),
    chord(0, DOM9),
    chord(5, DOM9),
    chord(6, DIM7),
    chord(0, DOM9),
    chord(9, ALT),
    chord(2, MIN9),
    chord(7, DOM9),
    chord(0, DOM9),
    chord(7, ALT),
];

const SWINGING: &[Groove] = &[
    Groove {
        verse: &[
            (Ride, "x...x.o.x...x.o."),
            (Hat, "....o.......o..."),
            (Kick, "-...-...-...-..."),
            (Snare, "..............-.......-........."),
        ],
        chorus: &[
            (Ride, "x...x.o.x...x.o."),
            (Hat, "....x.......x..."),
            (Kick, "-.........o....."),
            (Snare, "......-.......o......-.........."),
        ],
    },
    Groove {
        verse: &[(Ride, "x.o.x.o.x...x.o."), (Hat, "....o.......o..."), (Rim, "............o...")],
        chorus: &[
            (Ride, "x...x.o.x.o.x.o."),
            (Hat, "....o.......o..."),
            (Kick, "o.....-...-....."),
            (Snare, "..-......-....-."),
        ],
    },
];
const BRUSHES: &[Groove] = &[Groove {
    verse: &[(Brush, "x...X.o.x...X.o."), (Hat, "....-.......-..."), (Kick, "-.......-.......")],
    chorus: &[(Brush, "x...X.o.x...X.o."), (Ride, "o...o.-.o...o.-."), (Hat, "....o.......o...")],
}];
const BOSSA: &[Groove] = &[Groove {
    verse: &[(Kick, "o.....o.o.....o."), (Rim, "x.....x.....x.......x.....x....."), (Hat, "o.o.o.o.o.o.o.o.")],
    chorus: &[(Kick, "o.....o.o.....o."), (Rim, "x.....x.....x.......x.....x....."), (Shaker, "o.oxo.oxo.oxo.ox")],
}];
const FUNK: &[Groove] = &[Groove {
    verse: &[(Kick, "x.x.......x..x.."), (Snare, "....x..-.-..x..-"), (Hat, "x.o.x.o.x.o.x.o.")],
    chorus: &[(Kick, "x.x....x..x..x.."), (Snare, "....x..-.-..x..-"), (Ride, "x.o.x.o.x.o.x.o.")],
}];

const RIFFS: &[&str] = &["x..x..x...x..x..", "x.x..x..x.x.....", "..x..x.xx..x...."];
const HITS: &[&str] = &["......x.........x...............", "x.....x.........", "..x..........x.."];
const SWUNG: Swing = Swing { unit: 0.5, amount: (0.55, 1.0) };

/// The ways to play jazz.
pub const STYLES: &[Style] = &[
    Style {
        name: "swing",
        tempo: (108.0, 196.0),
        swing: SWUNG,
        loose: 0.009,
        scales: &[MAJOR, DORIAN],
        progressions: &[TWO_FIVE, RHYTHM, BLUES, LEAVES],
        chord_beats: &[4, 2],
        form: HEAD,
        drums: Some((Kit::Soft, SWINGING)),
        drum_level: -3.0,
        parts: &[
            part(UprightBass, Walk, (28, 48), -1.0, ALL, 1.0),
            part(Piano, Comp, (50, 72), -4.0, ALL, 0.8),
            part(CleanGuitar, Comp, (50, 72), -7.0, ALL, 0.3),
            part(Reed, Tune(7), (55, 79), 0.0, C, 0.8),
            part(Reed, Line, (55, 82), 0.0, V, 0.7),
            part(Piano, Line, (60, 88), -2.0, V, 0.4),
            part(Brass, Rhythm(HITS), (55, 74), -4.0, C | I, 0.5),
        ],
        ..PLAIN
    },
    Style {
        name: "jazz ballad",
        tempo: (50.0, 88.0),
        swing: SWUNG,
        loose: 0.014,
        rubato: 0.2,
        scales: &[MAJOR, MINOR],
        progressions: &[TWO_FIVE, LEAVES, MINOR_TWO_FIVE],
        chord_beats: &[4, 2],
        form: HEAD,
        drums: Some((Kit::Soft, BRUSHES)),
        drum_level: -6.0,
        fills: false,
        room: 1.4,
        parts: &[
            part(UprightBass, TwoFeel, (28, 48), -2.0, ALL, 1.0),
            part(Piano, Held, (50, 72), -4.0, ALL, 0.9),
            part(Reed, Tune(5), (53, 77), 0.0, V | C, 0.8),
            part(Vibraphone, Line, (60, 84), -4.0, V, 0.4),
            part(Brass, Tune(4), (57, 77), -2.0, C, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "bebop",
        tempo: (172.0, 240.0),
        swing: Swing { unit: 0.5, amount: (0.2, 0.6) },
        loose: 0.006,
        scales: &[MAJOR, MIXOLYDIAN],
        progressions: &[RHYTHM, BLUES, TWO_FIVE],
        chord_beats: &[4, 2],
        form: HEAD,
        drums: Some((Kit::Soft, SWINGING)),
        drum_level: -2.0,
        parts: &[
            part(UprightBass, Walk, (28, 48), -1.0, ALL, 1.0),
            part(Piano, Comp, (52, 74), -5.0, ALL, 0.9),
            part(Reed, Line, (58, 84), 0.0, V | C, 0.9),
            part(Brass, Line, (57, 80), -1.0, C | I, 0.5),
        ],
        ..PLAIN
    },
    Style {
        name: "bossa nova",
        tempo: (104.0, 160.0),
        loose: 0.009,
        scales: &[MAJOR, DORIAN],
        progressions: &[TWO_FIVE, LEAVES, MINOR_TWO_FIVE],
        form: HEAD,
        drums: Some((Kit::Soft, BOSSA)),
        drum_level: -5.0,
        fills: false,
        parts: &[
            part(UprightBass, Roots(&["x.....x.x.....x."]), (28, 47), -2.0, ALL, 1.0),
            part(NylonGuitar, Rhythm(&["x..x..x..x..x...", "x..x...x..x..x.."]), (50, 70), -2.0, ALL, 1.0),
            part(Flute, Tune(6), (65, 86), -2.0, C, 0.7),
            part(Reed, Line, (55, 80), -1.0, V, 0.7),
            part(ElectricPiano, Held, (52, 72), -8.0, V | C, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "modal and funk",
        tempo: (84.0, 132.0),
        swing: Swing { unit: 0.25, amount: (0.1, 0.5) },
        loose: 0.007,
        scales: &[DORIAN, MIXOLYDIAN],
        progressions: &[MODAL, BLUES],
        chord_beats: &[8, 4],
        form: HEAD,
        drums: Some((Kit::Acoustic, FUNK)),
        drum_level: -2.0,
        parts: &[
            part(ElectricBass, Figure(RIFFS), (28, 47), -1.0, ALL, 1.0),
            part(ElectricPiano, Comp, (52, 74), -3.0, ALL, 1.0),
            part(Brass, Riff(RIFFS), (58, 77), -2.0, C, 0.8),
            part(Reed, Line, (56, 82), -1.0, V, 0.8),
            part(CleanGuitar, Rhythm(&["..x...x...x...xx", "x..x..x.x..x..x."]), (55, 74), -8.0, V | C, 0.4),
        ],
        ..PLAIN
    },
];
