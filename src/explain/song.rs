//! A song and what speaks for its genre.

use super::cam::Cam;
use super::cells::{Cells, Map, occlude};
use super::trust::{Trust, Verdict};
use crate::error::Result;
use crate::plan::{PlanOptions, Variables};
use crate::predict::Predictor;
use crate::vote::Record;
use crate::weights::Card;

/// How closely a song is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Slices that are covered bit by bit, to see what becomes of the answer.
    pub asked: usize,
    /// Maps at random with which each map is compared.
    pub others: usize,
    /// Cells of a slice down and across.
    pub cells: usize,
    /// Slices that go through the network at once.
    pub batch: usize,
    /// Of the maps at random.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { asked: 4, others: 9, cells: 8, batch: 32, seed: 0 }
    }
}

/// What speaks for a song's genre.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The genre that is explained: the song's, or the answer that it would be forced to.
    pub class: usize,
    /// Grad-CAM of every slice for that genre; empty for a network without convolutions.
    pub maps: Vec<Map>,
    /// Slices that were looked at more closely, in order.
    pub asked: Vec<Asked>,
    /// Whether Grad-CAM means anything; none where there is none or no slice was asked about.
    pub cam: Option<Verdict>,
    /// Whether the maps of what is covered do.
    pub occlusion: Option<Verdict>,
}

/// A slice that was looked at more closely.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its place in the song, from 0.
    pub slice: usize,
    /// How much of the genre's probability goes with each cell.
    pub occlusion: Map,
    /// What Grad-CAM's map is worth.
    pub cam: Option<Trust>,
    /// What that of the covered cells is worth.
    pub worth: Trust,
}

/// A model that gives reasons.
#[derive(Debug)]
pub struct Explainer {
    predictor: Predictor,
    cam: Option<Cam>,
    cells: Cells,
    slice: usize,
    options: Options,
}

impl Explainer {
    /// For a card that tells genres, on its variables.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device's memory or limits do not suffice, [`Error::Argument`](crate::Error::Argument) for a network that tells no genres.
    pub fn new(card: &Card, variables: &Variables, options: Options) -> Result<Self> {
        card.tells_genres()?;
        let slices = card.front_end.slices();
        Ok(Self {
            predictor: Predictor::shared(card, variables, options.batch, PlanOptions::default())?,
            cam: Cam::new(card, variables, options.batch.min(8))?,
            cells: Cells::new(slices.size(), options.cells),
            slice: slices.values(),
            options,
        })
    }

    /// Why a song's record says what it says; `slices` (n,H,W) are the song's. `done` is told after each slice that was looked at more closely, of how many, and stops the work by
    /// returning `false`; there is nothing then. None also for a song without slices.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device fails.
    pub fn explain(
        &self,
        record: &Record,
        slices: &[f32],
        done: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<Explained>> {
        let rows: Vec<_> = record.slices.probabilities.iter().collect();
        let Some(class) = self.class(record) else { return Ok(None) };
        let maps = match &self.cam {
            Some(cam) => cam.maps(slices, &vec![class; rows.len()])?,
            None => Vec::new(),
        };
        let chosen = chosen(&rows, class, self.options.asked);
        let mut asked = Vec::new();
        for (number, &slice) in chosen.iter().enumerate() {
            let values = &slices[slice * self.slice..(slice + 1) * self.slice];
            let occlusion = occlude(&self.predictor, &self.cells, values, class)?;
            let trust = |map: &Map, kind: u64| {
                let seed = self.options.seed ^ (slice as u64) << 8 ^ kind;
                Trust::new(&self.predictor, &self.cells, values, class, map, self.options.others, seed)
            };
            let cam = maps.get(slice).map(|map| trust(map, 1)).transpose()?;
            let worth = trust(&occlusion, 2)?;
            asked.push(Asked { slice, occlusion, cam, worth });
            if !done(number + 1, chosen.len()) {
                return Ok(None);
            }
        }
        let cams: Vec<_> = asked.iter().filter_map(|asked| asked.cam.clone()).collect();
        let worths: Vec<_> = asked.iter().map(|asked| asked.worth.clone()).collect();
        Ok(Some(Explained { class, maps, asked, cam: Verdict::of(&cams), occlusion: Verdict::of(&worths) }))
    }

    /// The song's genre, or the one that is likeliest on average.
    fn class(&self, record: &Record) -> Option<usize> {
        let labels = record.labels();
        let own = record.genre.as_deref().and_then(|genre| labels.iter().position(|label| *label == genre));
        let mean = record.probabilities.0.iter().enumerate().filter_map(|(class, (_, p))| Some((class, (*p)?)));
        own.or_else(|| mean.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(class, _)| class))
    }
}

/// So many slices, far apart, of those whose best class this is; of all where it is none's.
fn chosen(rows: &[&[f32]], class: usize, most: usize) -> Vec<usize> {
    let best = |row: &[f32]| row.iter().all(|&p| p <= row[class]);
    let own: Vec<_> = (0..rows.len()).filter(|&slice| best(rows[slice])).collect();
    let from = if own.is_empty() { (0..rows.len()).collect() } else { own };
    let count = most.min(from.len());
    (0..count).map(|i| from[(2 * i + 1) * from.len() / (2 * count)]).collect()
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn slices_far_apart_speak_for_a_song() {
        let rows: Vec<Vec<f32>> = (0..10).map(|i| if i % 2 == 0 { vec![0.7, 0.3] } else { vec![0.4, 0.6] }).collect();
        let rows: Vec<_> = rows.iter().map(Vec::as_slice).collect();
        assert_eq!(chosen(&rows, 0, 2), [2, 6]);
        assert_eq!(chosen(&rows, 1, 9), [1, 3, 5, 7, 9]);
        assert_eq!(chosen(&rows[..1], 1, 3), [0]);
        assert_eq!(chosen(&[], 0, 3), [0; 0]);
    }
}
