//! Receiver operating characteristics: how well a probability tells one label's songs from all others.

use super::sample::bounded;
use super::{Estimate, Options, Ranking, Rate, Sample};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// A point of a curve: what happens if every song of at least this probability is taken for the label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// The lowest probability that is taken; none at the beginning, where nothing is.
    pub threshold: Option<f64>,
    /// False positives / negatives, 0..=1: 1 - specificity.
    pub fpr: f64,
    /// True positives / positives, 0..=1: sensitivity.
    pub tpr: f64,
}

/// Where a label is cut: songs of at least this probability are taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// The threshold.
    pub threshold: f64,
    /// Of the label's songs, those that are taken for it.
    pub sensitivity: Rate,
    /// Of the other songs, those that are not.
    pub specificity: Rate,
}

/// One label against all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassRoc {
    /// The label.
    pub label: String,
    /// Its songs.
    pub positives: u64,
    /// Songs of the other labels.
    pub negatives: u64,
    /// Why there is no curve, in words; none where there is one.
    pub missing: Option<String>,
    /// The corners of the curve, from (0, 0) to (1, 1); none without positives or negatives.
    pub points: Option<Vec<RocPoint>>,
    /// The area under it by trapezoids: how often one of its songs has a higher probability than one of the others, where equal ones count
    /// one half (Mann & Whitney 1947).
    pub auc: Estimate,
    /// The threshold of the greatest Youden's J = sensitivity + specificity - 1 (Youden 1950) on these songs, the highest of equals.
    pub youden: Option<f64>,
    /// What comes of the threshold; see [`Roc::cut_here`].
    pub cut: Option<Cut>,
}

/// Curves together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RocAverage {
    /// (false positive rate, true positive rate) from (0, 0) to (1, 1); none where no label has a curve.
    pub points: Option<Vec<[f64; 2]>>,
    /// The area under it.
    pub auc: Estimate,
}

/// One-vs-rest curves of the songs' mean probabilities (Fawcett 2006), and their averages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// Songs that have probabilities.
    pub songs: u64,
    /// Songs without a usable slice, which are in none of these numbers.
    pub without: u64,
    /// Each label against all others.
    pub classes: Vec<ClassRoc>,
    /// The mean of the curves of the labels that have one, each interpolated at all false positive rates: every label counts the same. Where
    /// curves rise straight up both ends of the rise are kept, so that its area is the mean of theirs (what scikit-learn's `roc_auc_score`
    /// gives for `average="macro"`, and the limit of its example's grid).
    #[serde(rename = "macro")]
    pub macro_average: RocAverage,
    /// One curve of all pairs of a song and a label, asked "is it this one?": every song counts the same (`average="micro"`).
    #[serde(rename = "micro")]
    pub micro_average: RocAverage,
    /// Whether the thresholds of the cuts were chosen on these songs, and sensitivity and specificity are therefore too good; else they were
    /// chosen on others.
    pub cut_here: bool,
    /// Mean sensitivity of the labels' cuts.
    pub sensitivity: Estimate,
    /// Mean specificity of the labels' cuts.
    pub specificity: Estimate,
}

/// Places of the statistics that are resampled, for so many classes.
struct Places(usize);

impl Places {
    const MACRO: usize = 0;
    const MICRO: usize = 1;
    const SENSITIVITY: usize = 2;
    const SPECIFICITY: usize = 3;

    fn auc(&self, class: usize) -> usize {
        4 + class
    }

    fn sensitivity(&self, class: usize) -> usize {
        4 + self.0 + class
    }

    fn specificity(&self, class: usize) -> usize {
        4 + 2 * self.0 + class
    }

    fn count(&self) -> usize {
        4 + 3 * self.0
    }
}

/// A song as the curves need it.
struct Item<'a> {
    /// Its place in the sample.
    observation: usize,
    truth: usize,
    probabilities: &'a [f64],
}

impl Roc {
    /// Measures songs of (true label, mean probability of each label), in the order of the sample; a song without usable slices has no
    /// probabilities. `cuts` are thresholds that were chosen on other songs, one a label or none; without them each label's own Youden's J
    /// chooses.
    ///
    /// Thresholds stay as they are when songs are drawn anew. A replicate in which a label has lost its positives is left out for that label,
    /// and the macro average is then the mean of the others. An area of 0 or 1 has Wilson's interval of as many trials as there are songs or
    /// artists on the smaller side.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is not one song an observation, a truth is no label, or probabilities or thresholds are not one a label.
    pub fn new(
        labels: &[String],
        sample: &Sample,
        songs: &[(usize, &[f64])],
        cuts: Option<&[Option<f64>]>,
        options: &Options,
    ) -> Result<Self> {
        let wrong = |problem: String| Error::Argument { operation: "roc", problem };
        sample.check("roc", songs.len())?;
        let classes = labels.len();
        for &(truth, probabilities) in songs {
            if truth >= classes || !(probabilities.is_empty() || probabilities.len() == classes) {
                let got = format!("label {truth} and {} probabilities", probabilities.len());
                return Err(wrong(format!("a song has {got}, but there are {classes} labels")));
            }
        }
        if let Some(cuts) = cuts.filter(|cuts| cuts.len() != classes) {
            return Err(wrong(format!("there are {} thresholds, but {classes} labels", cuts.len())));
        }
        let all = songs.iter().enumerate();
        let items: Vec<Item> = all
            .filter(|(_, (_, row))| !row.is_empty() && row.iter().all(|p| p.is_finite()))
            .map(|(observation, &(truth, probabilities))| Item { observation, truth, probabilities })
            .collect();
        let rankings: Vec<Ranking> = (0..classes)
            .map(|k| Ranking::new(items.iter().map(|item| (item.probabilities[k], item.truth != k))))
            .collect();
        let pooled =
            Ranking::new(items.iter().flat_map(|item| (0..classes).map(|k| (item.probabilities[k], item.truth != k))));
        let curves: Vec<Option<Curve>> = rankings.iter().map(Curve::new).collect();
        let own: Vec<Option<f64>> = curves.iter().map(|curve| curve.as_ref().map(|curve| curve.youden)).collect();
        let thresholds = cuts.unwrap_or(&own);

        let places = Places(classes);
        let count = |weights: &[u32], class: usize, threshold: f64| Counts::new(&items, weights, class, threshold);
        let fill = |weights: &[u32], out: &mut [f64]| {
            let drawn: Vec<u32> = items.iter().map(|item| weights[item.observation]).collect();
            for k in 0..classes {
                out[places.auc(k)] = rankings[k].auc(Some(&drawn));
                let counts = thresholds[k].map(|threshold| count(&drawn, k, threshold));
                out[places.sensitivity(k)] = counts.map_or(f64::NAN, |counts| counts.sensitivity());
                out[places.specificity(k)] = counts.map_or(f64::NAN, |counts| counts.specificity());
            }
            let pairs: Vec<u32> = drawn.iter().flat_map(|&weight| std::iter::repeat_n(weight, classes)).collect();
            out[Places::MICRO] = pooled.auc(Some(&pairs));
            out[Places::MACRO] = mean(&out[places.auc(0)..places.auc(classes)]);
            out[Places::SENSITIVITY] = mean(&out[places.sensitivity(0)..places.sensitivity(classes)]);
            out[Places::SPECIFICITY] = mean(&out[places.specificity(0)..places.specificity(classes)]);
        };
        let mut values = vec![f64::NAN; places.count()];
        fill(&vec![1; songs.len()], &mut values);
        let drawn = sample.draw_all(options, places.count(), fill);

        // Songs and artists on each side of a class, and on the smaller one.
        let sides = |k: usize| [true, false].map(|own| clusters(sample, &items, |item| (item.truth == k) == own));
        let smaller = |[a, b]: [[u64; 2]; 2]| [a[0].min(b[0]), a[1].min(b[1])];
        let estimate = |statistic: usize, trials: [u64; 2]| {
            bounded(Some(values[statistic]).filter(|v| v.is_finite()), drawn.of(statistic), trials)
        };
        let smallest = (0..classes).filter(|&k| curves[k].is_some()).map(|k| smaller(sides(k)));
        let smallest = smallest.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1])]).unwrap_or([0, 0]);
        let told = clusters(sample, &items, |_| true);
        let ones = vec![1; items.len()];
        let of_class = |(k, label): (usize, &String)| {
            let [its, others] = sides(k);
            let positives = items.iter().filter(|item| item.truth == k).count() as u64;
            let negatives = items.len() as u64 - positives;
            let rate = |statistic: usize, (count, of): (u64, u64), clusters: [u64; 2]| {
                sample.share_of(count, of, drawn.of(statistic), clusters)
            };
            let cut = thresholds[k].map(|threshold| {
                let counts = count(&ones, k, threshold);
                Cut {
                    threshold,
                    sensitivity: rate(places.sensitivity(k), (counts.taken, counts.positives), its),
                    specificity: rate(places.specificity(k), (counts.left, counts.negatives), others),
                }
            });
            let missing = match (positives, negatives) {
                (0, 0) => Some("there are no songs with probabilities".to_owned()),
                (0, _) => Some(format!("there are no songs of {label}")),
                (_, 0) => Some(format!("all songs are of {label}")),
                _ => None,
            };
            ClassRoc {
                label: label.clone(),
                positives,
                negatives,
                missing,
                points: curves[k].as_ref().map(|curve| curve.points.clone()),
                auc: estimate(places.auc(k), smaller([its, others])),
                youden: own[k],
                cut,
            }
        };
        let classes = labels.iter().enumerate().map(of_class).collect();
        let pairs = Curve::new(&pooled).map(|curve| curve.points.iter().map(|p| [p.fpr, p.tpr]).collect());
        Ok(Self {
            songs: items.len() as u64,
            without: (songs.len() - items.len()) as u64,
            classes,
            macro_average: RocAverage { points: average(&curves), auc: estimate(Places::MACRO, smallest) },
            micro_average: RocAverage { points: pairs, auc: estimate(Places::MICRO, told) },
            cut_here: cuts.is_none(),
            sensitivity: estimate(Places::SENSITIVITY, smallest),
            specificity: estimate(Places::SPECIFICITY, smallest),
        })
    }

    /// The thresholds that these songs choose by Youden's J, one a label: for [`Roc::new`] of other songs.
    pub fn thresholds(&self) -> Vec<Option<f64>> {
        self.classes.iter().map(|class| class.youden).collect()
    }
}

/// Songs and artists to draw among some items.
fn clusters(sample: &Sample, items: &[Item], has: impl Fn(&Item) -> bool) -> [u64; 2] {
    let of: std::collections::BTreeSet<usize> =
        items.iter().filter(|item| has(item)).map(|item| item.observation).collect();
    sample.clusters(|observation| of.contains(&observation))
}

/// The mean of the numbers among these; not a number if there are none.
fn mean(values: &[f64]) -> f64 {
    let finite = || values.iter().filter(|value| value.is_finite());
    finite().sum::<f64>() / finite().count() as f64
}

/// What a cut takes and leaves.
#[derive(Clone, Copy, Default)]
struct Counts {
    positives: u64,
    negatives: u64,
    /// Positives at the threshold or above.
    taken: u64,
    /// Negatives below it.
    left: u64,
}

impl Counts {
    fn new(items: &[Item], weights: &[u32], class: usize, threshold: f64) -> Self {
        let mut counts = Self::default();
        for (item, &weight) in items.iter().zip(weights) {
            let (weight, above) = (u64::from(weight), item.probabilities[class] >= threshold);
            if item.truth == class {
                counts.positives += weight;
                counts.taken += if above { weight } else { 0 };
            } else {
                counts.negatives += weight;
                counts.left += if above { 0 } else { weight };
            }
        }
        counts
    }

    fn sensitivity(self) -> f64 {
        self.taken as f64 / self.positives as f64
    }

    fn specificity(self) -> f64 {
        self.left as f64 / self.negatives as f64
    }
}

/// One curve.
struct Curve {
    points: Vec<RocPoint>,
    youden: f64,
}

impl Curve {
    /// None without positives or negatives. In the ranking, negatives are the wrong ones.
    fn new(ranking: &Ranking) -> Option<Self> {
        // (threshold, false positives, true positives) behind each run of equal scores.
        let mut steps: Vec<(Option<f64>, i128, i128)> = vec![(None, 0, 0)];
        let (mut fp, mut tp) = (0i128, 0i128);
        for (score, size, wrong) in ranking.groups(None) {
            fp += i128::from(wrong);
            tp += i128::from(size - wrong);
            steps.push((Some(score), fp, tp));
        }
        if fp == 0 || tp == 0 {
            return None;
        }
        // J times both counts, so that equal ones are equal; the first of the greatest has the highest threshold.
        let j = |&(threshold, f, t): &(Option<f64>, i128, i128)| Some((threshold?, t * fp - f * tp));
        let best = steps.iter().filter_map(j).reduce(|best, next| if next.1 > best.1 { next } else { best });
        let corner = |i: &usize| {
            let [(_, f0, t0), (_, f1, t1), (_, f2, t2)] = [steps[i - 1], steps[*i], steps[i + 1]];
            (f1 - f0) * (t2 - t1) != (f2 - f1) * (t1 - t0)
        };
        let kept = [0].into_iter().chain((1..steps.len() - 1).filter(corner)).chain([steps.len() - 1]);
        let point = |i: usize| {
            let (threshold, f, t) = steps[i];
            RocPoint { threshold, fpr: f as f64 / fp as f64, tpr: t as f64 / tp as f64 }
        };
        Some(Self { points: kept.map(point).collect(), youden: best?.0 })
    }

    /// The curve's height where its false positive rate comes to `x`, and where it leaves it.
    fn heights(&self, x: f64) -> [f64; 2] {
        let points = &self.points;
        let (from, to) = (points.partition_point(|p| p.fpr < x), points.partition_point(|p| p.fpr <= x));
        if from < to {
            return [points[from].tpr, points[to - 1].tpr];
        }
        match (points.get(from.wrapping_sub(1)), points.get(from)) {
            (Some(a), Some(b)) => [a.tpr + (b.tpr - a.tpr) * (x - a.fpr) / (b.fpr - a.fpr); 2],
            _ => [f64::NAN; 2],
        }
    }
}

/// The mean height of the curves that there are, at every false positive rate of one of them.
fn average(curves: &[Option<Curve>]) -> Option<Vec<[f64; 2]>> {
    let curves: Vec<&Curve> = curves.iter().flatten().collect();
    let mut rates: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|p| p.fpr)).collect();
    rates.sort_unstable_by(f64::total_cmp);
    rates.dedup();
    let mut points: Vec<[f64; 2]> = Vec::new();
    for x in rates {
        let heights = curves.iter().map(|curve| curve.heights(x));
        let sums = heights.fold([0.0, 0.0], |sums, [low, high]| [sums[0] + low, sums[1] + high]);
        points.extend(sums.map(|sum| [x, sum / curves.len() as f64]));
    }
    points.dedup();
    (!points.is_empty()).then_some(points)
}
