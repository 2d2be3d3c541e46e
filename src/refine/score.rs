//! From evidence to a second vote.

use super::Evidence;
use crate::error::Result;
use crate::vote::{ByLabel, Refined, vote};
use crate::weights::Judgement;

/// Below this a probability of a slice is taken as this.
const LEAST: f32 = 1e-6;

/// The scores of a slice as probabilities: softmax over genres of [`Judgement`]'s formula. `own` are the classifier's probabilities of the
/// slice itself.
pub fn score(judgement: &Judgement, evidence: &Evidence, own: &[f32]) -> Vec<f32> {
    let Judgement { sigma, rendering, own: factor, .. } = judgement;
    let scores = (0..own.len()).map(|i| {
        let near = sigma.as_ref().map_or(0.0, |sigma| -f64::from(evidence.distances[i]) / sigma[i]);
        near + rendering * f64::from(evidence.renderings[i]) + factor * log_probability(own[i])
    });
    softmax(&scores.collect::<Vec<_>>()).into_iter().map(|p| p as f32).collect()
}

/// The log of a probability; of one that is no number or too small that of [`LEAST`].
pub(crate) fn log_probability(p: f32) -> f64 {
    f64::from(if p.is_finite() { p.max(LEAST) } else { LEAST }).ln()
}

/// The [`score`]s of slices, one row behind the other; `own` are the rows of the classifier's probabilities.
pub fn scores<'a>(judgement: &Judgement, evidence: &[Evidence], own: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    evidence.iter().zip(own).flat_map(|(one, own)| score(judgement, one, own)).collect()
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<_> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// The second vote of a song by the GAN called `model`: `evidence` of its slices, and the classifier's probabilities of them, (slices, labels).
///
/// # Errors
/// Those of [`vote`].
pub fn refine(
    model: &str,
    judgement: &Judgement,
    labels: &[String],
    evidence: &[Evidence],
    own: &[f32],
) -> Result<Refined> {
    let rows = scores(judgement, evidence, own.chunks_exact(labels.len()));
    let verdict = vote(labels.len(), &rows, &judgement.thresholds)?;
    let means = (0..labels.len()).map(|k| verdict.mean.get(k).copied());
    Ok(Refined {
        genre: verdict.forced.map(|k| labels[k].clone()),
        share: verdict.share,
        scores: ByLabel::new(labels, means),
        accepted: verdict.classified(),
        model: model.to_owned(),
    })
}
