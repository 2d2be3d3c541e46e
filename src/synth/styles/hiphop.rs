//! Hip-hop: kick and snare with room between them, swung sixteenths, a loop, a voice that talks in rhythm.

use super::super::{
    harmony::*,
    style::{Drum::*, Texture::*, Voice::*, when::*, *},
};

const LOOP: &[Chord] = &[chord(0, MIN7), chord(8, MAJ7), chord(5, MIN7), chord(7, MIN7)];
const SOUL: &[Chord] = &[chord(5, MAJ7), chord(4, MIN7), chord(2, MIN9), chord(0, MAJ7)];
const TWO: &[Chord] = &[chord(0, MIN9), chord(0, MIN9), chord(5, MIN9), chord(5, MIN9)];
const DARK: &[Chord] = &[chord(0, MIN), chord(0, MIN), chord(8, MAJ), chord(7, MAJ)];
const TURN: &[Chord] = &[chord(2, MIN9), chord(7, DOM9), chord(0, MAJ9), chord(9, MIN7)];

const BOOM_BAP: &[Groove] = &[
    Groove {
        verse: &[(Kick, "X......x..x....."), (Snare, "....X.......X..."), (Hat, "x.o.x.o.x.o.x.o.")],
        chorus: &[
            (Kick, "X......x..x..x.."),
            (Snare, "....X..-....X..."),
            (Hat, "x.o.x.oox.o.x.o."),
            (OpenHat, "..............x."),
        ],
    },
    Groove {
        verse: &[(Kick, "X.x.......xx....X.x....x..x....."), (Snare, "....X.......X..."), (Hat, "x.x.x.x.x.x.x.x.")],
        chorus: &[(Kick, "X.x.......xx....X.x....x..x....."), (Snare, "....X.......X.-."), (Ride, "x...x...x...x...")],
    },
    Groove {
        verse: &[(Kick, "X.....x...x....."), (Rim, "....x.......x..."), (Hat, "o.oxo.o.o.oxo.o.")],
        chorus: &[(Kick, "X.....x...x....x"), (Snare, "....X.......X..."), (Hat, "o.oxo.o.o.oxo.o.")],
    },
];
const TRAP: &[Groove] = &[
    Groove {
        verse: &[
            (Kick, "X.....x.............x..........."),
            (Clap, "........X......."),
            (Hat, "x.x.x.x.x.x.x.xxx.x.x.x.x.xxx.x."),
        ],
        chorus: &[
            (Kick, "X.....x.....x.......x.....x....."),
            (Clap, "........X......."),
            (Hat, "x.x.x.x.xxx.x.x.x.x.xxxxx.x.x.xx"),
            (OpenHat, "............................x..."),
        ],
    },
    Groove {
        verse: &[
            (Kick, "X.........x.....X..x............"),
            (Snare, "........X......."),
            (Hat, "x...x...x...x...x...x.x.x...xxxx"),
        ],
        chorus: &[
            (Kick, "X..x......x.....X..x......x....."),
            (Snare, "........X......."),
            (Clap, "........x......."),
            (Hat, "x.x.x.xxx.x.x.x."),
        ],
    },
];
const GANGSTA: &[Groove] = &[Groove {
    verse: &[(Kick, "X.....x.x......."), (Clap, "....x.......x..."), (Shaker, "o.o.o.o.o.o.o.o.")],
    chorus: &[(Kick, "X..x..x.x..x...."), (Clap, "....x.......x..."), (Hat, "x.o.x.o.x.o.x.o.")],
}];

const BASS: &[&str] = &["x......x..x.....", "x.x.......x.....", "x.....x...x..x..", "x..x......x...x."];
const CHOPS: &[&str] = &["x.....x...x.....", "x..x......x..x..", "x...............", "..x...x.x......."];
const SWUNG: Swing = Swing { unit: 0.25, amount: (0.25, 0.85) };

/// The ways to play hip-hop.
pub const STYLES: &[Style] = &[
    Style {
        name: "boom bap",
        tempo: (78.0, 106.0),
        swing: SWUNG,
        loose: 0.006,
        scales: &[MINOR, DORIAN],
        progressions: &[LOOP, SOUL, TURN, TWO],
        chord_beats: &[4, 2],
        form: HOOK,
        drums: Some((Kit::Sampled, BOOM_BAP)),
        drum_level: 1.0,
        fills: false,
        parts: &[
            part(UprightBass, Figure(BASS), (28, 45), -2.0, V | C, 0.6),
            part(SubBass, Figure(BASS), (28, 43), -2.0, V | C, 0.6),
            part(Piano, Rhythm(CHOPS), (50, 74), -5.0, ALL, 0.6),
            part(ElectricPiano, Rhythm(CHOPS), (50, 74), -5.0, ALL, 0.5),
            part(Rapper, Flow, (43, 55), 0.0, V, 0.9),
            part(Brass, Rhythm(CHOPS), (57, 77), -6.0, C, 0.4),
            part(Reed, Riff(CHOPS), (60, 79), -7.0, C | I, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "trap",
        tempo: (118.0, 164.0),
        swing: Swing { unit: 0.25, amount: (0.0, 0.2) },
        loose: 0.002,
        scales: &[MINOR, HARMONIC, PHRYGIAN],
        progressions: &[DARK, TWO],
        chord_beats: &[4, 8],
        form: HOOK,
        drums: Some((Kit::Machine, TRAP)),
        fills: false,
        parts: &[
            part(
                SubBass,
                Roots(&["x.....x.............x...........", "x.........x.....x..x............"]),
                (26, 41),
                1.0,
                V | C,
                1.0,
            ),
            part(Bells, Riff(CHOPS), (64, 86), -5.0, ALL, 0.7),
            part(Piano, Arpeggio(2), (57, 81), -6.0, ALL, 0.4),
            part(Rapper, Flow, (43, 57), 0.0, V | C, 0.9),
            part(Pad, Held, (52, 74), -9.0, I | C, 0.5),
            part(Brass, Rhythm(CHOPS), (48, 70), -5.0, C, 0.3),
        ],
        ..PLAIN
    },
    Style {
        name: "lo-fi",
        tempo: (62.0, 92.0),
        swing: SWUNG,
        loose: 0.012,
        scales: &[MAJOR, DORIAN],
        progressions: &[TURN, SOUL, TWO],
        form: HOOK,
        drums: Some((Kit::Sampled, BOOM_BAP)),
        drum_level: -2.0,
        fills: false,
        parts: &[
            part(SubBass, Roots(BASS), (28, 45), -2.0, V | C, 0.9),
            part(ElectricPiano, Held, (50, 72), -2.0, ALL, 0.9),
            part(NylonGuitar, Riff(CHOPS), (57, 79), -5.0, V | C, 0.5),
            part(Vibraphone, Tune(3), (64, 86), -6.0, C, 0.4),
            part(Rapper, Flow, (43, 55), -2.0, V, 0.4),
        ],
        ..PLAIN
    },
    Style {
        name: "funk rap",
        tempo: (88.0, 112.0),
        swing: Swing { unit: 0.25, amount: (0.1, 0.5) },
        loose: 0.004,
        scales: &[MINOR, DORIAN],
        progressions: &[TWO, LOOP],
        chord_beats: &[4, 8],
        form: HOOK,
        drums: Some((Kit::Machine, GANGSTA)),
        fills: false,
        parts: &[
            part(SynthBass, Figure(BASS), (28, 45), -1.0, ALL, 1.0),
            part(SawLead, Tune(4), (72, 91), -6.0, C | I, 0.8),
            part(CleanGuitar, Rhythm(&["..x...x...x...x.", "x..x..x.x..x..x."]), (55, 74), -8.0, V | C, 0.6),
            part(Rapper, Flow, (45, 57), 0.0, V, 0.95),
            part(Singer, Tune(4), (57, 74), -3.0, C, 0.5),
            part(Pad, Held, (52, 74), -9.0, V | C, 0.5),
        ],
        ..PLAIN
    },
];
