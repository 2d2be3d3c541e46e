//! Which songs teach a second look, and which weigh what it says.

use crate::data::{Dataset, Fractions, Song, Split};
use crate::error::Result;
use crate::weights::Card;

/// The sides of the model that the second look is for: the songs that taught it teach, those that tuned it weigh, and the rest, its test side
/// and songs that it has not met, takes no part. Where it was trained on none of them, they are split anew by `seed`, with a warning.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if they cannot be split.
pub fn sides(all: &Dataset, card: &Card, seed: u64) -> Result<Split> {
    // Both lists are sorted; a song that cannot be read any more is none that was met.
    let met = |list: &[String], song: &Song| song.fingerprint().is_ok_and(|print| list.binary_search(&print).is_ok());
    let mut split = Split::default();
    for (index, song) in all.songs.iter().enumerate() {
        if met(&card.training.heard, song) {
            split.train.push(index);
        } else if met(&card.training.tuned_on, song) {
            split.validation.push(index);
        } else {
            split.test.push(index);
        }
    }
    if !split.train.is_empty() {
        return Ok(split);
    }
    let mut anew = Split::by_artist(all, Fractions { validation: 0.15, test: 0.15 }, seed)?;
    anew.warnings.push("the model was trained on none of these songs; they are split anew".into());
    Ok(anew)
}
