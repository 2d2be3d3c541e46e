//! Temperature: one number that makes a network's probabilities say how often they are right.

use super::Song;

/// The temperatures that are looked at.
const RANGE: [f64; 2] = [1.0 / 16.0, 16.0];
/// Songs that speak for leaving the answers as they are: as if there were so many more, of which the network is right as often as it says.
/// A few songs that are all right, or all wrong, would have it sure of everything or of nothing.
const AS_IT_IS: f64 = 4.0;

/// The temperature `T` for which `softmax(z / T)` of the songs' slices is likeliest (Guo et al. 2017), to three decimals, from 1/16 to 16.
///
/// Four songs more are thought of that are as the network says at `T = 1`, so that few songs move it little. Every song counts the same, whatever its length: slices of one song are alike. The records' probabilities have to be those of `T = 1`,
/// whose logarithms are the logits but for a constant. Songs without a truth and slices that are no numbers take no part; without any others
/// there is no temperature.
pub fn temperature(songs: &[Song]) -> Option<f64> {
    let mut rows: Vec<(f64, Vec<f64>, usize)> = Vec::new();
    for (song, truth) in songs.iter().filter_map(|song| Some((song, song.truth?))) {
        let usable = song.record.slices.probabilities.iter().filter(|row| row.iter().all(|p| p.is_finite()));
        let logits: Vec<Vec<f64>> = usable.map(|row| row.iter().copied().map(logit).collect()).collect();
        let weight = 1.0 / logits.len() as f64;
        rows.extend(logits.into_iter().filter(|row| truth < row.len()).map(|row| (weight, row, truth)));
    }
    if rows.is_empty() {
        return None;
    }
    // Over all rows, so much for the truth and so much for what the network says.
    let songs: f64 = rows.iter().map(|(weight, ..)| weight).sum();
    let said = AS_IT_IS / songs;
    // What E z should come to, of the truth and of what the network says together.
    let wanted =
        |(weight, logits, truth): &(f64, Vec<f64>, usize)| weight * (logits[*truth] + said * expected(logits, 1.0));
    let wanted: f64 = rows.iter().map(wanted).sum();
    // The loss is convex in 1 / T: its slope, E z less what it should come to, rises, and is 0 at the best one.
    let slope = |inverse: f64| -> f64 {
        let all: f64 = rows.iter().map(|(weight, logits, _)| weight * expected(logits, inverse)).sum();
        (1.0 + said) * all - wanted
    };
    let [mut low, mut high] = [1.0 / RANGE[1], 1.0 / RANGE[0]];
    while high - low > 1e-6 {
        let middle = (low + high) / 2.0;
        if slope(middle) < 0.0 { low = middle } else { high = middle }
    }
    Some((2e3 / (low + high)).round() / 1e3)
}

/// Mean cross-entropy of slices with their songs' truths, every slice counting the same: what validation losses are. None where no song has
/// a truth.
pub fn mean_cross_entropy(songs: &[Song]) -> Option<f64> {
    let (mut sum, mut slices) = (0.0, 0usize);
    for (song, truth) in songs.iter().filter_map(|song| Some((song, song.truth?))) {
        for &probability in song.record.slices.probabilities.iter().filter_map(|row| row.get(truth)) {
            sum -= logit(probability);
            slices += 1;
        }
    }
    (slices > 0).then(|| sum / slices as f64)
}

/// A probability that was rounded to 0 stands for the least that an `f32` holds.
fn logit(probability: f32) -> f64 {
    f64::from(probability.max(f32::MIN_POSITIVE)).ln()
}

/// The mean of the logits under their own softmax, at this 1 / T.
fn expected(logits: &[f64], inverse: f64) -> f64 {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = || logits.iter().map(|z| ((z - most) * inverse).exp());
    powers().zip(logits).map(|(power, z)| power * z).sum::<f64>() / powers().sum::<f64>()
}
