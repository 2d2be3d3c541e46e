//! What a style is made of: the words in which the genre tables are written.

use super::harmony::{Chord, Scale};

/// An instrument. What it sounds like is a patch, and a patch belongs to an artist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Voice {
    SynthBass,
    SubBass,
    AcidBass,
    ElectricBass,
    UprightBass,
    SawLead,
    SquareLead,
    SuperSaw,
    Hoover,
    Pad,
    Stab,
    Strings,
    SoloStrings,
    Brass,
    Tuba,
    Reed,
    Flute,
    Organ,
    Choir,
    Singer,
    Rapper,
    CleanGuitar,
    DrivenGuitar,
    NylonGuitar,
    Harpsichord,
    Piano,
    ElectricPiano,
    Vibraphone,
    Bells,
    Timpani,
}

/// How a part turns harmony into notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texture {
    /// Bass: roots on a rhythm (16 steps a bar), with octave leaps now and then.
    Roots(&'static [&'static str]),
    /// Bass: one note a chord.
    Long,
    /// Bass: four to the bar, chord tones and approach notes.
    Walk,
    /// Bass: root and fifth.
    TwoFeel,
    /// Bass: a figure of root, fifth, octave and seventh on a rhythm, repeated.
    Figure(&'static [&'static str]),
    /// Chords held, each voice moving as little as possible.
    Held,
    /// Chords on a rhythm.
    Rhythm(&'static [&'static str]),
    /// Chords on a rhythm, one string after another, up and down.
    Strum(&'static [&'static str]),
    /// Root, fifth and octave, palm-muted on a rhythm.
    Chug(&'static [&'static str]),
    /// Chords on rhythms that change from bar to bar, without the root.
    Comp,
    /// Broken chords, so many notes a beat.
    Arpeggio(u8),
    /// Low, high, middle, high.
    Alberti,
    /// A melody of motifs over the scale: about so many notes a bar.
    Tune(u8),
    /// A line of eighths through the chords with chromatic approaches, resting now and then.
    Line,
    /// A short pentatonic figure on a rhythm, repeated.
    Riff(&'static [&'static str]),
    /// The same pitch class in sixteenths, following the chord.
    Ostinato,
    /// Long notes against the tune.
    Counter,
    /// Syllables around one pitch.
    Flow,
}

/// Sections in which a part plays, as bits.
pub mod when {
    /// Introduction.
    pub const I: u8 = 1;
    /// Verse.
    pub const V: u8 = 2;
    /// Chorus.
    pub const C: u8 = 4;
    /// Break.
    pub const B: u8 = 8;
    /// Ending.
    pub const O: u8 = 16;
    /// Everywhere.
    pub const ALL: u8 = 31;
}

/// One part of an arrangement.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Who plays.
    pub voice: Voice,
    /// What is played.
    pub texture: Texture,
    /// Lowest and highest MIDI pitch.
    pub range: (i32, i32),
    /// Loudness in the mix, dB against the drums (or the main part).
    pub level: f32,
    /// Sections, see [`when`].
    pub when: u8,
    /// Probability that a song has this part.
    pub chance: f32,
}

/// A part, for tables.
pub const fn part(voice: Voice, texture: Texture, range: (i32, i32), level: f32, when: u8, chance: f32) -> Part {
    Part { voice, texture, range, level, when, chance }
}

/// A drum, or another thing that is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Drum {
    Kick,
    Snare,
    Clap,
    Rim,
    Hat,
    OpenHat,
    Ride,
    Crash,
    HighTom,
    LowTom,
    Shaker,
    Brush,
}

/// All drums, in the order of their numbers.
pub const DRUMS: [Drum; 12] = [
    Drum::Kick,
    Drum::Snare,
    Drum::Clap,
    Drum::Rim,
    Drum::Hat,
    Drum::OpenHat,
    Drum::Ride,
    Drum::Crash,
    Drum::HighTom,
    Drum::LowTom,
    Drum::Shaker,
    Drum::Brush,
];

/// A drum and its rhythm: four steps a beat, `.` rest, `-` ghost, `o` soft, `x` normal, `X` accent; repeats.
pub type Lane = (Drum, &'static str);

/// A drum pattern: lanes for the verse and, if not empty, others for the chorus.
#[derive(Debug, Clone, Copy)]
pub struct Groove {
    /// Verse (and every section without its own).
    pub verse: &'static [Lane],
    /// Chorus; empty: as the verse.
    pub chorus: &'static [Lane],
}

/// A family of drum sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kit {
    /// Skins and metal, struck with sticks.
    Acoustic,
    /// The same, softer, with brushes.
    Soft,
    /// A drum machine.
    Machine,
    /// A drum machine through a sampler: shorter, darker.
    Sampled,
    /// The kick driven until it is a tone.
    Distorted,
}

/// Which swing a style has.
#[derive(Debug, Clone, Copy)]
pub struct Swing {
    /// Length of the swung note in beats: .5 or .25.
    pub unit: f64,
    /// Least and most: 0 straight, 1 triplets.
    pub amount: (f32, f32),
}

/// Straight time.
pub const STRAIGHT: Swing = Swing { unit: 0.5, amount: (0.0, 0.0) };

/// Sections in order with their relative lengths.
pub type Form = &'static [(u8, u8)];

/// One way to play a genre.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Its name, for people.
    pub name: &'static str,
    /// Beats a minute, lowest and highest.
    pub tempo: (f32, f32),
    /// Quarter notes a bar.
    pub beats: u32,
    /// Swing.
    pub swing: Swing,
    /// How loosely notes are timed, in seconds.
    pub loose: f32,
    /// How far the tempo sways, 0..1.
    pub rubato: f32,
    /// Scales to choose from.
    pub scales: &'static [Scale],
    /// Progressions to choose from; verse and chorus take one each.
    pub progressions: &'static [&'static [Chord]],
    /// Beats a chord lasts.
    pub chord_beats: &'static [u32],
    /// The form.
    pub form: Form,
    /// Drum sounds and patterns; none: no drums.
    pub drums: Option<(Kit, &'static [Groove])>,
    /// Drum level in dB.
    pub drum_level: f32,
    /// Whether the drums play in introduction and break.
    pub drums_rest: bool,
    /// Whether sections end with a fill.
    pub fills: bool,
    /// How deep the kick ducks the other parts, 0..1.
    pub duck: f32,
    /// Room: factor on the artist's reverb.
    pub room: f32,
    /// The parts.
    pub parts: &'static [Part],
}

/// Song form with an introduction, verses, choruses and a break.
pub const SONG: Form = &[(when::I, 2), (when::V, 4), (when::C, 4), (when::B, 2), (when::C, 4), (when::O, 1)];
/// Verses and a hook.
pub const HOOK: Form = &[(when::I, 2), (when::V, 7), (when::C, 4), (when::V, 4)];
/// A build, a break and a drop.
pub const BUILD: Form = &[(when::I, 3), (when::V, 4), (when::C, 4), (when::B, 3), (when::C, 5), (when::O, 2)];
/// Theme, contrast, theme.
pub const THEMES: Form = &[(when::V, 5), (when::C, 5), (when::B, 3), (when::V, 4), (when::O, 2)];
/// Head, solos, head.
pub const HEAD: Form = &[(when::I, 1), (when::C, 4), (when::V, 8), (when::C, 4)];
/// One long section.
pub const ONE: Form = &[(when::V, 1)];

/// The style that tables start from.
pub const PLAIN: Style = Style {
    name: "",
    tempo: (90.0, 120.0),
    beats: 4,
    swing: STRAIGHT,
    loose: 0.004,
    rubato: 0.0,
    scales: &[super::harmony::MAJOR],
    progressions: &[],
    chord_beats: &[4],
    form: SONG,
    drums: None,
    drum_level: 0.0,
    drums_rest: false,
    fills: true,
    duck: 0.0,
    room: 1.0,
    parts: &[],
};
