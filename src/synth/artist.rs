//! Artists: a synthesiser and a master chain that all their songs share.

use super::{
    dice::{Dice, Purpose},
    drums::DrumPatch,
    effects::Room,
    patches::Patch,
    style::{Kit, Style, Voice},
    styles::Genre,
};

/// The most artists a genre can have.
pub const MOST_ARTISTS: usize = 64;

/// What happens to every song of an artist after the mix. Drawn from the same distributions for all genres, so that
/// loudness and tone say who made a song and not what it is.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    /// Treble against bass, in dB from one end of the spectrum to the other.
    pub tilt: f32,
    /// Gain before the saturation.
    pub drive: f32,
    /// The compressor's ratio and its threshold in dB above the mean level.
    pub ratio: f32,
    /// See `ratio`.
    pub threshold: f32,
    /// Target RMS in dB below full scale (negative).
    pub loudness: f32,
    /// Where the top ends, Hz.
    pub top: f32,
    /// Level of the hiss in dB against the music.
    pub hiss: f32,
    /// The room.
    pub room: Room,
    /// How much of it.
    pub wet: f32,
}

/// An artist.
#[derive(Debug, Clone)]
pub struct Artist {
    /// Lower-case words with a hyphen; says nothing about the genre.
    pub name: String,
    /// Unique among all genres.
    pub number: u64,
    /// The master chain.
    pub chain: Chain,
    seed: u64,
    favourite: usize,
    // Where in a style's tempo range this artist is at home, 0..1.
    pace: f32,
}

impl Artist {
    /// The artist `index` (below [`MOST_ARTISTS`]) of a genre. Depends on nothing but the three arguments.
    pub fn new(seed: u64, genre: Genre, index: usize) -> Self {
        let number = (genre as usize * MOST_ARTISTS + index) as u64;
        let mut dice = Dice::new(seed, Purpose::Artist, number);
        let favourite = dice.below(genre.styles().len());
        let pace = dice.unit();
        let chain = Chain {
            tilt: dice.range((-5.0, 4.0)),
            drive: dice.range((0.3, 1.6)),
            ratio: dice.range((1.2, 4.5)),
            threshold: dice.range((-3.0, 6.0)),
            loudness: dice.range((-23.0, -10.0)),
            top: if dice.chance(0.3) { dice.range((6500.0, 12_000.0)) } else { 19_000.0 },
            hiss: if dice.chance(0.3) { dice.range((-58.0, -40.0)) } else { -90.0 },
            room: Room {
                t60: dice.range((0.5, 1.6)),
                size: dice.range((0.6, 1.3)),
                damping: dice.range((2500.0, 7500.0)),
                before: dice.range((0.0, 0.03)),
            },
            wet: dice.range((0.25, 0.8)),
        };
        Self { name: name(seed, genre as usize, index), number, chain, seed, favourite, pace }
    }

    /// A style of `genre` for one song: in two songs of three the favourite.
    pub fn style(&self, genre: Genre, dice: &mut Dice) -> &'static Style {
        let styles = genre.styles();
        let other = dice.below(styles.len());
        &styles[if dice.chance(0.66) { self.favourite % styles.len() } else { other }]
    }

    /// A tempo for one song of a style.
    pub fn tempo(&self, style: &Style, dice: &mut Dice) -> f32 {
        let place = 0.6 * dice.unit() + 0.4 * self.pace;
        let (low, high) = style.tempo;
        let bpm = low * super::exact::exp2(f64::from(place) * super::exact::log2(f64::from(high / low))) as f32;
        (bpm * 10.0).round() / 10.0
    }

    /// The artist's sound for a voice.
    pub fn patch(&self, voice: Voice) -> Patch {
        Patch::new(voice, &mut Dice::new(self.seed, Purpose::Patch, self.number * 64 + voice as u64))
    }

    /// The artist's drums of one kind.
    pub fn drums(&self, kit: Kit) -> DrumPatch {
        DrumPatch::new(kit, &mut Dice::new(self.seed, Purpose::Patch, self.number * 64 + 48 + kit as u64))
    }
}

const FIRST: [&str; 24] = [
    "amber", "paper", "northern", "silent", "glass", "copper", "velvet", "hollow", "golden", "winter", "seventh",
    "broken", "little", "salt", "distant", "electric", "open", "blue", "iron", "slow", "second", "wild", "lunar",
    "plain",
];
const SECOND: [&str; 24] = [
    "harbour", "signal", "orchard", "engine", "letters", "meadow", "parade", "mirror", "station", "garden", "river",
    "compass", "lantern", "kingdom", "weather", "theatre", "island", "circle", "window", "avenue", "canyon", "motel",
    "feather", "archive",
];

// Distinct for all genres and indices: an affine walk through the 576 pairs of words.
fn name(seed: u64, genre: usize, index: usize) -> String {
    let pairs = FIRST.len() * SECOND.len();
    let place = (Genre::COUNT * index + genre) * 173 + Dice::new(seed, Purpose::Cast, 1).below(pairs);
    let place = place % pairs;
    format!("{}-{}", FIRST[place / SECOND.len()], SECOND[place % SECOND.len()])
}

/// A title from the same words.
pub fn title(dice: &mut Dice) -> String {
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    let (first, second) = (capital(dice.pick::<&str>(&FIRST)), capital(dice.pick::<&str>(&SECOND)));
    match dice.below(4) {
        0 => format!("The {first} {second}"),
        1 => format!("{second} No. {}", dice.below(12) + 1),
        2 => format!("{second} of the {first}"),
        _ => format!("{first} {second}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<String> =
            (0..Genre::COUNT).flat_map(|g| (0..MOST_ARTISTS).map(move |a| name(5, g, a))).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Genre::COUNT * MOST_ARTISTS);
    }
}
