//! Hardcore: a driven kick on each beat, hoovers and saws, breaks without drums.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const DARK: &[Chord] = &[chord(0, MIN), chord(0, MIN), chord(8, MAJ), chord(10, MAJ)];
const FALL: &[Chord] = &[chord(0, MIN), chord(10, MAJ), chord(8, MAJ), chord(7, MAJ)];
const RAVE: &[Chord] = &[chord(0, MIN), chord(3, MAJ), chord(10, MAJ), chord(5, MIN)];
const HAPPY: &[Chord] = &[chord(9, MIN), chord(5, MAJ), chord(0, MAJ), chord(7, MAJ)];
const PEDAL: &[Chord] = &[chord(0, FIFTH), chord(0, FIFTH), chord(1, FIFTH), chord(0, FIFTH)];

const FOUR: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X...X...X...X..."), (OpenHat, "..x...x...x...x."), (Clap, "....o.......o...")],
        chorus: &[
            (Kick, "X...X...X...X.x."),
            (OpenHat, "..x...x...x...x."),
            (Clap, "....x.......x..."),
            (Ride, "x...x...x...x..."),
        ],
    },
    Groove {
        verse: &[(Kick, "X...X...X...X..."), (Hat, "..x...x...x...xx"), (Snare, "...............-")],
        chorus: &[
            (Kick, "X...X...X...X..."),
            (OpenHat, "..X...X...X...X."),
            (Snare, "....x..x....x.x."),
            (Crash, "x..............."),
        ],
    },
];
const BROKEN: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X..X..X.X..X..X."), (Snare, "....X.......X..."), (Hat, "x.x.x.x.x.x.x.x.")],
        chorus: &[(Kick, "X.XX..X.X.XX..XX"), (Snare, "....X..x.x..X..x"), (Hat, "xxxxxxxxxxxxxxxx")],
    },
    Groove {
        verse: &[(Kick, "X.....X...X....."), (Snare, "....X..-.-..X..-"), (Ride, "x...x...x...x...")],
        chorus: &[(Kick, "X.X...X...X..X.."), (Snare, "....X..x.x..X..."), (OpenHat, "x...x...x...x...")],
    },
];
const SLOW: &[Groove] = &[Groove {
    verse: &[(Kick, "X.....X.X......."), (Snare, "....X.......X..."), (Hat, "x...x...x...x...")],
    chorus: &[(Kick, "X...X...X...X..."), (Snare, "....X.......X..."), (OpenHat, "..x...x...x...x.")],
}];

const OFFBEAT: &[&str] = &["..x...x...x...x.", "..xx..xx..xx..xx", ".xxx.xxx.xxx.xxx"];
const RIFFS: &[&str] = &["x..x..x.x..x..x.", "x.xx.xx.x.xx.x..", "x.x.x.xxx.x.x...", "xxx.xxx.xxx.xx.."];
const STABS: &[&str] = &["x..x..x.........", "x.....x.....x...", "..x...x...x...x."];

/// The ways to play hardcore.
pub const STYLES: &[Style] = &[
    Style {
        name: "gabber",
        tempo: (158.0, 215.0),
        loose: 0.0,
        scales: &[MINOR, PHRYGIAN, HARMONIC],
        progressions: &[DARK, PEDAL, FALL],
        chord_beats: &[4, 8],
        form: BUILD,
        drums: Some((Kit::Distorted, FOUR)),
        drum_level: 1.0,
        drums_rest: true,
        duck: 0.7,
        parts: &[
            part(Hoover, Riff(RIFFS), (45, 69), -4.0, V | C, 0.9),
            part(SawLead, Riff(RIFFS), (60, 84), -6.0, C, 0.6),
            part(SynthBass, Roots(OFFBEAT), (31, 45), -5.0, V | C | I, 0.6),
            part(Choir, Held, (52, 76), -5.0, B | I, 0.6),
            part(Stab, Rhythm(STABS), (52, 76), -6.0, I | V, 0.5),
            part(Rapper, Flow, (45, 57), -6.0, B, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "happy hardcore",
        tempo: (150.0, 186.0),
        loose: 0.0,
        scales: &[MAJOR],
        progressions: &[HAPPY, &[chord(5, MAJ), chord(7, MAJ), chord(9, MIN), chord(9, MIN)]],
        form: BUILD,
        drums: Some((Kit::Distorted, FOUR)),
        drums_rest: true,
        duck: 0.6,
        room: 1.3,
        parts: &[
            part(SynthBass, Roots(OFFBEAT), (33, 47), -3.0, V | C, 1.0),
            part(SuperSaw, Held, (55, 79), -5.0, C, 0.9),
            part(Piano, Rhythm(&["x..x..x.x..x..x.", "x..x..x...x...x."]), (55, 79), -4.0, V | B, 0.8),
            part(SuperSaw, Tune(7), (65, 88), -4.0, C | B, 0.8),
            part(Singer, Tune(4), (62, 77), -3.0, B | V, 0.5),
            part(Bells, Arpeggio(4), (67, 91), -9.0, I | B, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "breakcore",
        tempo: (140.0, 200.0),
        loose: 0.002,
        scales: &[MINOR, HARMONIC],
        progressions: &[FALL, RAVE, DARK],
        chord_beats: &[4, 8],
        form: BUILD,
        drums: Some((Kit::Distorted, BROKEN)),
        drums_rest: true,
        duck: 0.3,
        parts: &[
            part(SubBass, Long, (29, 41), -3.0, V | C, 1.0),
            part(AcidBass, Ostinato, (36, 60), -6.0, V | C, 0.6),
            part(Stab, Rhythm(STABS), (55, 79), -5.0, V | C, 0.7),
            part(Pad, Held, (52, 76), -6.0, I | B | O, 0.8),
            part(SawLead, Line, (60, 84), -7.0, C, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "industrial",
        tempo: (98.0, 150.0),
        loose: 0.0,
        scales: &[PHRYGIAN, MINOR],
        progressions: &[PEDAL, DARK],
        chord_beats: &[8, 4],
        form: BUILD,
        drums: Some((Kit::Distorted, SLOW)),
        drum_level: 1.0,
        drums_rest: true,
        duck: 0.5,
        parts: &[
            part(Hoover, Riff(RIFFS), (40, 64), -3.0, V | C, 0.8),
            part(AcidBass, Riff(RIFFS), (36, 55), -5.0, V | C | B, 0.7),
            part(DrivenGuitar, Chug(RIFFS), (38, 52), -5.0, C, 0.35),
            part(Pad, Held, (45, 69), -7.0, I | B | O, 0.8),
        ],
        ..PLAIN
    },
];
