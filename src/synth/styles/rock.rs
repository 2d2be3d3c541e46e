//! Rock: guitars, electric bass, a drummer, often a singer.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const AXIS: &[Chord] = &[chord(0, MAJ), chord(7, MAJ), chord(9, MIN), chord(5, MAJ)];
const DOO_WOP: &[Chord] = &[chord(0, MAJ), chord(9, MIN), chord(5, MAJ), chord(7, MAJ)];
const MIXO: &[Chord] = &[chord(0, MAJ), chord(10, MAJ), chord(5, MAJ), chord(0, MAJ)];
const MINOR_ROCK: &[Chord] = &[chord(0, MIN), chord(8, MAJ), chord(3, MAJ), chord(10, MAJ)];
const ANDALUSIAN: &[Chord] = &[chord(0, MIN), chord(10, MAJ), chord(8, MAJ), chord(7, MAJ)];
const THREE: &[Chord] = &[chord(0, MAJ), chord(5, MAJ), chord(7, MAJ), chord(5, MAJ)];
const BLUES: &[Chord] = &[
    chord(0, DOM),
    chord(5, DOM),
    chord(0, DOM),
    chord(0, DOM),
    chord(5, DOM),
    chord(5, DOM),
    chord(0, DOM),
    chord(0, DOM),
    chord(7, DOM),
    chord(5, DOM),
    chord(0, DOM),
    chord(7, DOM),
];
const METAL: &[Chord] = &[chord(0, FIFTH), chord(1, FIFTH), chord(0, FIFTH), chord(3, FIFTH)];

const STRAIGHT_BEATS: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X.......x.x....."), (Snare, "....X.......X..."), (Hat, "x.o.x.o.x.o.x.o.")],
        chorus: &[(Kick, "X..x....x.x....."), (Snare, "....X.......X..."), (Ride, "x.x.x.x.x.x.x.x.")],
    },
    Groove {
        verse: &[(Kick, "X.....x.x......."), (Snare, "....X..-.-..X..."), (Hat, "x.o.x.o.x.o.x.o.")],
        chorus: &[(Kick, "X.x...x.x.....x."), (Snare, "....X.......X..."), (OpenHat, "x...x...x...x...")],
    },
    Groove {
        verse: &[(Kick, "X...x...X...x..."), (Snare, "....X.......X..."), (LowTom, "o.o...o.o.o...o.")],
        chorus: &[(Kick, "X.......X.x....."), (Snare, "....X.......X..."), (Crash, "x.......o.......")],
    },
];
const PUNK_BEATS: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X...X.x.X...X..."), (Snare, "..X...X...X...X."), (Hat, "x.x.x.x.x.x.x.x.")],
        chorus: &[(Kick, "X...X...X...X..."), (Snare, "..X...X...X...X."), (OpenHat, "x...x...x...x...")],
    },
    Groove {
        verse: &[(Kick, "X.xxX.xxX.xxX.xx"), (Snare, "....X.......X..."), (Hat, "x...x...x...x...")],
        chorus: &[(Kick, "XxxxXxxxXxxxXxxx"), (Snare, "....X.......X..."), (Crash, "x...x...x...x...")],
    },
];
const BALLAD_BEATS: &[Groove] = &[
    Groove {
        verse: &[(Kick, "o.........o....."), (Rim, "....o.......o..."), (Hat, "o...-...o...-...")],
        chorus: &[(Kick, "x.......x.x....."), (Snare, "....x.......x..."), (Ride, "x...o...x...o...")],
    },
    Groove {
        verse: &[(Kick, "x.......o......."), (Snare, "........x......."), (Hat, "x.o.o.o.x.o.o.o.")],
        chorus: &[(Kick, "X.....x.x......."), (Snare, "....X.......X..."), (Crash, "o.......-.......")],
    },
];
const SHUFFLE: &[Groove] = &[Groove {
    verse: &[(Kick, "X.......x.....x."), (Snare, "....X.-.....X..."), (Hat, "x.o.x.o.x.o.x.o.")],
    chorus: &[(Kick, "X.....x.x.....x."), (Snare, "....X.......X..."), (Ride, "x.o.x.o.x.o.x.o.")],
}];

const EIGHTHS: &[&str] = &["x.x.x.x.x.x.x.x.", "X.xxX.xxX.xxX.xx", "x..x..x.x.x...x.", "x.x.x.x.x..x..x."];
const STROKES: &[&str] =
    &["x.......x.......", "x...x.x...x.x.x.", "x..x..x...x.x...", "x...............", "x..x..x.x..x..x."];
const RIFFS: &[&str] = &["x.x..x.xx.x.....", "xx.x.x..xx.x.xx.", "x..x..x.x.xx....", "x.x.x...x.xxx..."];

/// The ways to play rock.
pub const STYLES: &[Style] = &[
    Style {
        name: "straight rock",
        tempo: (92.0, 156.0),
        scales: &[MAJOR, MIXOLYDIAN, MINOR],
        progressions: &[AXIS, MIXO, MINOR_ROCK, THREE, DOO_WOP],
        drums: Some((Kit::Acoustic, STRAIGHT_BEATS)),
        parts: &[
            part(ElectricBass, Roots(EIGHTHS), (28, 45), -3.0, ALL, 1.0),
            part(DrivenGuitar, Chug(EIGHTHS), (40, 57), -2.0, V | I, 0.85),
            part(DrivenGuitar, Rhythm(STROKES), (40, 64), -1.0, C | O, 1.0),
            part(CleanGuitar, Strum(STROKES), (48, 72), -6.0, V | B, 0.6),
            part(Singer, Tune(5), (53, 72), -2.0, V | C, 0.75),
            part(DrivenGuitar, Tune(6), (57, 84), -3.0, I | B, 0.7),
            part(Organ, Held, (52, 72), -10.0, C | B, 0.3),
        ],
        ..PLAIN
    },
    Style {
        name: "ballad",
        tempo: (58.0, 96.0),
        loose: 0.007,
        scales: &[MAJOR, MINOR],
        progressions: &[AXIS, DOO_WOP, MINOR_ROCK, ANDALUSIAN],
        drums: Some((Kit::Acoustic, BALLAD_BEATS)),
        drum_level: -4.0,
        room: 1.5,
        parts: &[
            part(ElectricBass, Long, (28, 45), -4.0, V | C | B | O, 1.0),
            part(CleanGuitar, Arpeggio(2), (48, 74), -2.0, I | V | B, 0.8),
            part(NylonGuitar, Strum(STROKES), (48, 72), -3.0, V | C, 0.5),
            part(DrivenGuitar, Rhythm(&["x...............", "x.......x......."]), (40, 64), -4.0, C, 0.6),
            part(Piano, Rhythm(&["x...x...x...x...", "x.......x...x..."]), (48, 76), -5.0, V | C | O, 0.4),
            part(Singer, Tune(4), (53, 70), 0.0, V | C, 0.85),
            part(DrivenGuitar, Tune(4), (60, 84), -2.0, B, 0.7),
            part(Strings, Held, (55, 79), -10.0, C, 0.25),
        ],
        ..PLAIN
    },
    Style {
        name: "fast rock",
        tempo: (150.0, 204.0),
        loose: 0.003,
        scales: &[MAJOR, MINOR, PHRYGIAN],
        progressions: &[THREE, METAL, ANDALUSIAN, AXIS],
        drums: Some((Kit::Acoustic, PUNK_BEATS)),
        parts: &[
            part(ElectricBass, Roots(&["x.x.x.x.x.x.x.x."]), (28, 43), -3.0, ALL, 1.0),
            part(DrivenGuitar, Chug(EIGHTHS), (38, 55), 0.0, I | V | B, 1.0),
            part(DrivenGuitar, Rhythm(&["x...x...x...x...", "x.......x.x....."]), (40, 64), 0.0, C | O, 1.0),
            part(Singer, Tune(7), (55, 74), -3.0, V | C, 0.7),
            part(DrivenGuitar, Line, (60, 86), -3.0, B | I, 0.6),
        ],
        ..PLAIN
    },
    Style {
        name: "blues rock",
        tempo: (76.0, 140.0),
        swing: Swing { unit: 0.5, amount: (0.5, 1.0) },
        loose: 0.008,
        scales: &[MIXOLYDIAN, DORIAN],
        progressions: &[BLUES],
        form: HEAD,
        drums: Some((Kit::Acoustic, SHUFFLE)),
        drum_level: -1.0,
        drums_rest: false,
        parts: &[
            part(ElectricBass, Figure(&["x.x.x.x.x.x.x.x.", "x...x...x...x..."]), (28, 47), -3.0, ALL, 1.0),
            part(DrivenGuitar, Riff(RIFFS), (40, 62), -2.0, ALL, 0.8),
            part(CleanGuitar, Comp, (52, 74), -6.0, ALL, 0.5),
            part(Organ, Held, (55, 74), -9.0, V | C, 0.5),
            part(DrivenGuitar, Tune(7), (60, 84), -1.0, V | I, 0.8),
            part(Singer, Tune(5), (50, 68), -1.0, C, 0.7),
        ],
        ..PLAIN
    },
];
