//! Evidence of slices: how far their renderings are from them, and what the classifier takes those for.

use half::f16;
use serde::{Deserialize, Serialize};

use super::score::refine;
use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};
use crate::nn::{Mode, Net, mean_distances};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::vote::Refined;
use crate::weights::{Card, GanCard, GanFile, ModelFile};

/// What renderings say of one slice: a number for each genre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `|x - x_i|_1`: the mean over pixels of the distance between the slice and its rendering, grey from 0 to 1.
    pub distances: Vec<f32>,
    /// `log C_i(x_i)`: the classifier's log-probability of genre `i` for the rendering in it.
    pub renderings: Vec<f32>,
}

/// A GAN and its classifier, ready to look at slices.
#[derive(Debug)]
pub struct SecondLook {
    plan: Plan,
    name: String,
    card: GanCard,
    batch: usize,
    /// Values of a slice, and of its rows.
    slice: usize,
    width: usize,
}

impl SecondLook {
    /// Uploads both files and plans their networks for `batch` pictures at once.
    ///
    /// # Errors
    /// [`Error::Weights`] if the GAN was trained for another classifier, [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, gan: &GanFile, model: &ModelFile, batch: usize) -> Result<Self> {
        gan.check_classifier(&model.card, &model.sha256)?;
        let mut variables = Variables::new(engine);
        gan.load(&mut variables)?;
        model.load(&mut variables)?;
        Ok(Self { name: gan.name(), ..Self::shared(&gan.card, &model.card, &variables, batch)? })
    }

    /// The same on variables that are there already.
    ///
    /// # Errors
    /// [`Error::Argument`] if one is missing, [`Error::Gpu`] if memory or limits do not suffice.
    pub fn shared(gan: &GanCard, model: &Card, variables: &Variables, batch: usize) -> Result<Self> {
        let mut net = Net::new(Mode::Inference)?;
        let [height, width] = gan.picture();
        let x = net.graph.input("slices", [batch, 1, height, width])?;
        let (grey, rendered) = gan.renderings(&mut net, x)?;
        // (batch,genres,slices)
        let distances = mean_distances(&mut net.graph, rendered.volumes, grey, 3)?;
        net.graph.output("distances", distances)?;
        let logits = gan.taken_for(&mut net, rendered.volumes, model)?;
        let logs = net.graph.log_softmax(logits)?;
        net.graph.output("logs", logs)?;
        let plan = Plan::new(&net.graph, variables, PlanOptions::default())?;
        let name = String::new();
        Ok(Self { plan, name, card: gan.clone(), batch, slice: height * width / gan.slices, width: width / gan.slices })
    }

    /// What records call it: name and digest of its file; empty for variables that are of none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How evidence becomes a verdict.
    pub fn card(&self) -> &GanCard {
        &self.card
    }

    /// The second vote of a song: its slices (count,H,W) in their order, and the classifier's probabilities of them, (count, labels).
    ///
    /// # Errors
    /// As [`evidence`](Self::evidence).
    pub fn look(&self, slices: &[f16], own: &[f32]) -> Result<Refined> {
        refine(&self.name, &self.card.judgement, &self.card.labels, &self.evidence(slices)?, own)
    }

    /// What renderings say of each of a song's slices, `slices` (count,H,W) in their order.
    ///
    /// # Errors
    /// [`Error::Shape`] for a part of a slice, [`Error::Gpu`] if the device fails.
    pub fn evidence(&self, slices: &[f16]) -> Result<Vec<Evidence>> {
        if !slices.len().is_multiple_of(self.slice) {
            let expected = format_args!("slices of {} values", self.slice);
            return Err(Error::shape("second look", "slices", expected, slices.len()));
        }
        let count = slices.len() / self.slice;
        let starts: Vec<_> = starts(count, self.card.slices);
        let mut all = vec![None; count];
        let mut before: Option<(&[usize], [Readback; 2])> = None;
        for batch in starts.chunks(self.batch) {
            let input = batch.iter().flat_map(|&start| self.row(slices, count, start)).map(f16::to_f32).collect();
            let started = self.start(input)?;
            if let Some((starts, reads)) = before.replace((batch, started)) {
                self.enter(starts, reads, &mut all)?;
            }
        }
        if let Some((starts, reads)) = before {
            self.enter(starts, reads, &mut all)?;
        }
        Ok(all.into_iter().flatten().collect())
    }

    /// The slices from `start` on, side by side; where the song ends, its last one again.
    fn row(&self, slices: &[f16], count: usize, start: usize) -> Vec<f16> {
        let many = self.card.slices;
        let at = |k: usize| &slices[(start + k).min(count - 1) * self.slice..][..self.slice];
        if many == 1 {
            return at(0).to_vec();
        }
        let rows = self.slice / self.width;
        (0..rows).flat_map(|y| (0..many).flat_map(move |k| &at(k)[y * self.width..][..self.width])).copied().collect()
    }

    fn start(&self, mut input: Vec<f32>) -> Result<[Readback; 2]> {
        input.resize(self.batch * self.card.slices * self.slice, 0.0);
        let mut submission = self.plan.engine().submission();
        submission.write(self.plan.input("slices")?, &input)?;
        self.plan.add_to(&mut submission);
        let reads = [submission.read(self.plan.output("distances")?), submission.read(self.plan.output("logs")?)];
        submission.submit()?;
        Ok(reads)
    }

    /// Enters what came back at the slices; one that two rows hold keeps the first.
    fn enter(&self, starts: &[usize], reads: [Readback; 2], all: &mut [Option<Evidence>]) -> Result<()> {
        let [distances, logs] = reads.map(blocking::take);
        let (distances, logs) = (distances?, logs?);
        let (genres, many) = (self.card.labels.len(), self.card.slices);
        for (row, &start) in starts.iter().enumerate() {
            let log = |genre: usize, k: usize| logs[((row * genres + genre) * many + k) * genres + genre];
            let distance = |genre: usize, k: usize| distances[(row * genres + genre) * many + k];
            for k in 0..many {
                let Some(place) = all.get_mut(start + k).filter(|place| place.is_none()) else { continue };
                *place = Some(Evidence {
                    distances: (0..genres).map(|genre| distance(genre, k)).collect(),
                    renderings: (0..genres).map(|genre| log(genre, k)).collect(),
                });
            }
        }
        Ok(())
    }
}

/// Where rows of `many` slices start so that they hold all of `count`: the last one ends with the song.
fn starts(count: usize, many: usize) -> Vec<usize> {
    (0..count.div_ceil(many)).map(|row| (row * many).min(count.saturating_sub(many))).collect()
}

#[cfg(test)]
mod tests {
    use super::starts;

    #[test]
    fn rows_hold_every_slice() {
        assert_eq!(starts(3, 1), [0, 1, 2]);
        assert_eq!(starts(8, 4), [0, 4]);
        assert_eq!(starts(9, 4), [0, 4, 5]);
        assert_eq!(starts(2, 4), [0]);
        assert_eq!(starts(0, 4), [] as [usize; 0]);
    }
}
