//! Music outside the six genres: for measuring what a model says to a song it has no word for.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const STILL: &[Chord] = &[chord(0, FIFTH), chord(0, SUS)];
const SLOW: &[Chord] = &[chord(0, MAJ9), chord(5, MAJ9)];
const MARCH_PLAN: &[Chord] = &[
    chord(0, MAJ),
    chord(0, MAJ),
    chord(7, DOM),
    chord(0, MAJ),
    chord(5, MAJ),
    chord(0, MAJ),
    chord(7, DOM),
    chord(0, MAJ),
];
const ONE_FIVE: &[Chord] = &[chord(0, MIN), chord(0, MIN), chord(5, MIN), chord(5, MIN)];
const SUNNY: &[Chord] = &[chord(0, MAJ), chord(5, MAJ), chord(0, MAJ), chord(7, MAJ)];

/// Drones: sound without beats.
pub const DRONE: &[Style] = &[Style {
    name: "drone",
    tempo: (40.0, 60.0),
    loose: 0.2,
    scales: &[MAJOR, DORIAN],
    progressions: &[STILL, SLOW],
    chord_beats: &[16, 12],
    form: ONE,
    fills: false,
    room: 3.0,
    parts: &[
        part(Pad, Held, (45, 74), 0.0, ALL, 1.0),
        part(Strings, Long, (29, 48), -3.0, ALL, 0.9),
        part(Choir, Held, (50, 76), -4.0, ALL, 0.6),
        part(Bells, Tune(1), (69, 91), -12.0, ALL, 0.5),
    ],
    ..PLAIN
}];

/// Marches: snare rolls, tuba and brass.
pub const MARCH: &[Style] = &[Style {
    name: "march",
    tempo: (96.0, 132.0),
    loose: 0.008,
    scales: &[MAJOR],
    progressions: &[MARCH_PLAN],
    chord_beats: &[4],
    form: THEMES,
    drums: Some((
        Kit::Acoustic,
        &[Groove {
            verse: &[
                (Kick, "x.......x......."),
                (Snare, "x..ox.x.x..ox-x-"),
                (Crash, "................x..............."),
            ],
            chorus: &[(Kick, "x...x...x...x..."), (Snare, "x.ooxoooxxx.x-x-"), (Crash, "x.......x.......")],
        }],
    )),
    drum_level: -3.0,
    parts: &[
        part(Tuba, TwoFeel, (29, 46), -1.0, ALL, 1.0),
        part(Brass, Rhythm(&["....x.......x...", "..x...x...x...x."]), (50, 67), -4.0, ALL, 1.0),
        part(Brass, Tune(7), (58, 79), 0.0, V | C, 1.0),
        part(Flute, Line, (79, 98), -6.0, C | B, 0.8),
    ],
    ..PLAIN
}];

/// Reggae: the third beat, and chords on the offbeat.
pub const REGGAE: &[Style] = &[Style {
    name: "reggae",
    tempo: (66.0, 92.0),
    swing: Swing { unit: 0.25, amount: (0.0, 0.6) },
    loose: 0.006,
    scales: &[MINOR, MAJOR],
    progressions: &[ONE_FIVE, SUNNY],
    form: HOOK,
    drums: Some((
        Kit::Acoustic,
        &[Groove {
            verse: &[(Kick, "........X......."), (Rim, "........X......."), (Hat, "x.o.x.o.x.o.x.o.")],
            chorus: &[(Kick, "x.......X......."), (Rim, "........X..o...."), (Hat, "x-o-x-o-x-o-x-o-")],
        }],
    )),
    drum_level: -1.0,
    parts: &[
        part(
            ElectricBass,
            Figure(&["x..x..x...x.x...", "x.x...x...x..x..", "..x.x.x...x.x..."]),
            (26, 43),
            2.0,
            ALL,
            1.0,
        ),
        part(CleanGuitar, Rhythm(&["....x.......x..."]), (57, 76), -3.0, ALL, 1.0),
        part(Organ, Rhythm(&["..xx..x...xx..x.", "...x...x...x...x"]), (52, 72), -6.0, V | C, 0.9),
        part(Singer, Tune(4), (55, 72), -1.0, V | C, 0.7),
        part(Brass, Riff(&["x..x..x.........", "x.x...x........."]), (58, 77), -4.0, C | I, 0.5),
    ],
    ..PLAIN
}];
