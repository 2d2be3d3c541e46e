//! Electro: machines on a grid, filters that open, loops in minor.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const LOOP: &[Chord] = &[chord(0, MIN), chord(8, MAJ), chord(3, MAJ), chord(10, MAJ)];
const RISE: &[Chord] = &[chord(0, MIN), chord(5, MIN), chord(8, MAJ), chord(7, MIN)];
const TWO: &[Chord] = &[chord(0, MIN7), chord(0, MIN7), chord(5, MIN7), chord(5, MIN7)];
const DEEP: &[Chord] = &[chord(0, MIN9), chord(8, MAJ7), chord(5, MIN9), chord(10, DOM)];
const STILL: &[Chord] = &[chord(0, MIN), chord(0, MIN), chord(0, MIN), chord(10, MAJ)];

const HOUSE: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X...X...X...X..."), (OpenHat, "..x...x...x...x."), (Shaker, "o-o-o-o-o-o-o-o-")],
        chorus: &[
            (Kick, "X...X...X...X..."),
            (OpenHat, "..x...x...x...x."),
            (Clap, "....x.......x..."),
            (Hat, "o-o-o-o-o-o-o-o-"),
        ],
    },
    Groove {
        verse: &[(Kick, "X...X...X...X..."), (Hat, "..x...x...x...x."), (Clap, "....x.......x...")],
        chorus: &[
            (Kick, "X...X...X...X..."),
            (Hat, "o.xoo.xoo.xoo.xo"),
            (Clap, "....x.......x.-."),
            (Rim, "..x..x....x..x.."),
        ],
    },
];
const MACHINE: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X.....x...x....."), (Snare, "....x.......x..."), (Hat, "x.x.x.x.x.x.x.x.")],
        chorus: &[
            (Kick, "X..x..x...x..x.."),
            (Snare, "....x.......x..."),
            (Hat, "xxx.xxx.xxx.xxxx"),
            (Clap, "....x.......x..."),
        ],
    },
    Groove {
        verse: &[(Kick, "X..x......x....."), (Clap, "....x.......x..."), (Hat, "x-o-x-o-x-o-x-o-")],
        chorus: &[
            (Kick, "X..x..x...x....."),
            (Clap, "....x.......x..x"),
            (OpenHat, "..x...x...x...x."),
            (Rim, "...x..x....x..x."),
        ],
    },
];
const SLOW: &[Groove] = &[
    Groove {
        verse: &[(Kick, "x.......x......."), (Snare, "....x.......x..."), (Hat, "o.o.o.o.o.o.o.o.")],
        chorus: &[(Kick, "x.....x.x......."), (Snare, "....x.......x..."), (Hat, "x.o.x.o.x.o.x.o.")],
    },
    Groove {
        verse: &[(Kick, "x.........x....."), (Rim, "....x.......x..."), (Shaker, "o.o.o.o.o.o.o.o.")],
        chorus: &[(Kick, "x..x......x....."), (Clap, "....x.......x..."), (Shaker, "o-o-o-o-o-o-o-o-")],
    },
];

const PULSE: &[&str] = &["x.x.x.x.x.x.x.x.", "..xx..xx..xx..xx", "x..x..x.x..x..x.", "xxxxxxxxxxxxxxxx"];
const OFF: &[&str] = &["..x...x...x...x.", "...x..x....x..x.", "x..x..x.........", "..x..x....x..x.."];
const SEQUENCE: &[&str] = &["x.xx.x.xx.xx.x..", "x..x..x..x..x.x.", "xx.xx.xxx.x.x.x."];

/// The ways to play electro.
pub const STYLES: &[Style] = &[
    Style {
        name: "house",
        tempo: (108.0, 132.0),
        loose: 0.001,
        scales: &[MINOR, DORIAN],
        progressions: &[DEEP, TWO, LOOP],
        chord_beats: &[4, 8],
        form: BUILD,
        drums: Some((Kit::Machine, HOUSE)),
        drums_rest: true,
        duck: 0.6,
        parts: &[
            part(SynthBass, Roots(OFF), (31, 47), -2.0, V | C, 1.0),
            part(Stab, Rhythm(OFF), (52, 76), -5.0, ALL, 0.9),
            part(Pad, Held, (52, 76), -7.0, I | B | C | O, 0.8),
            part(SquareLead, Riff(SEQUENCE), (60, 84), -8.0, C, 0.5),
            part(ElectricPiano, Comp, (52, 74), -7.0, V | B, 0.35),
            part(Singer, Tune(3), (60, 76), -5.0, C, 0.3),
        ],
        ..PLAIN
    },
    Style {
        name: "trance",
        tempo: (124.0, 152.0),
        loose: 0.0,
        scales: &[MINOR, HARMONIC],
        progressions: &[LOOP, RISE],
        chord_beats: &[4, 8],
        form: BUILD,
        drums: Some((Kit::Machine, HOUSE)),
        drums_rest: true,
        duck: 0.7,
        room: 1.4,
        parts: &[
            part(SynthBass, Roots(&["..xx..xx..xx..xx", ".xxx.xxx.xxx.xxx"]), (33, 45), -2.0, V | C, 1.0),
            part(SawLead, Arpeggio(4), (57, 84), -5.0, V | C | B, 0.9),
            part(SuperSaw, Held, (52, 76), -6.0, C | B, 0.8),
            part(Pad, Held, (48, 72), -6.0, I | B | O, 0.9),
            part(AcidBass, Ostinato, (40, 64), -7.0, V | C, 0.4),
            part(SuperSaw, Tune(5), (67, 86), -5.0, C, 0.5),
        ],
        ..PLAIN
    },
    Style {
        name: "synthwave",
        tempo: (74.0, 118.0),
        loose: 0.002,
        scales: &[MINOR, DORIAN],
        progressions: &[LOOP, RISE, STILL],
        drums: Some((Kit::Machine, SLOW)),
        drum_level: -1.0,
        form: BUILD,
        drums_rest: true,
        duck: 0.3,
        room: 1.3,
        parts: &[
            part(SynthBass, Roots(PULSE), (31, 48), -2.0, ALL, 1.0),
            part(Pad, Held, (52, 76), -5.0, ALL, 0.9),
            part(SquareLead, Tune(5), (62, 84), -4.0, C | B, 0.8),
            part(SawLead, Arpeggio(4), (55, 79), -7.0, V | C, 0.7),
            part(Bells, Arpeggio(2), (67, 88), -9.0, I | B, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "electro",
        tempo: (100.0, 142.0),
        swing: Swing { unit: 0.25, amount: (0.0, 0.3) },
        loose: 0.0,
        scales: &[MINOR, PHRYGIAN],
        progressions: &[STILL, TWO],
        chord_beats: &[8, 4],
        form: BUILD,
        drums: Some((Kit::Machine, MACHINE)),
        duck: 0.2,
        parts: &[
            part(AcidBass, Riff(SEQUENCE), (33, 52), -2.0, ALL, 1.0),
            part(SquareLead, Riff(SEQUENCE), (57, 81), -6.0, V | C, 0.8),
            part(Stab, Rhythm(OFF), (52, 76), -6.0, C | B, 0.6),
            part(Pad, Held, (52, 76), -9.0, I | B | C, 0.6),
            part(Rapper, Flow, (45, 57), -6.0, V, 0.3),
        ],
        ..PLAIN
    },
];
