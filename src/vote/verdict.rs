//! Probabilities in, verdict out.

use super::{Denominator, Mode, Thresholds};
use crate::{Error, Result};

/// Probabilities are summed as integers of this unit (2^-60), so that the sum does not depend on the order.
const UNIT: f64 = (1u64 << 60) as f64;
/// How far the probabilities of one slice may be from a sum of 1 before the row counts as broken.
const SUM_TOLERANCE: f64 = 1e-2;

/// Why a song is unclassified.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// There is no slice: the song is shorter than one.
    NoSlices,
    /// No slice has usable probabilities: they are not numbers, or not from 0 to 1 with a sum of 1.
    Unusable {
        /// All slices of the song.
        total: usize,
    },
    /// Too few slices are confident.
    TooFewKept {
        /// Slices that were kept.
        kept: usize,
        /// Slices that would have been enough.
        needed: usize,
        /// All slices of the song.
        total: usize,
    },
    /// Two or more classes share the first place.
    Tie {
        /// The classes, ascending.
        classes: Vec<usize>,
    },
    /// The winner's share is too small.
    LowShare {
        /// The class with the most votes.
        winner: usize,
        /// Its share, 0..=1.
        share: f64,
        /// The share that would have been enough.
        min_share: f64,
    },
}

impl Reason {
    /// The reason in words for people; `labels` are the names of the classes, in their order.
    pub fn describe(&self, labels: &[impl AsRef<str>]) -> String {
        let name = |class: usize| labels.get(class).map_or_else(|| format!("class {class}"), |l| l.as_ref().to_owned());
        match self {
            Self::NoSlices => "the song is shorter than one slice".to_owned(),
            Self::Unusable { total } => format!("none of the {total} slices has usable probabilities"),
            Self::TooFewKept { kept, needed, total } => {
                format!("only {kept} of {total} slices are confident, {needed} are needed")
            }
            Self::Tie { classes } => {
                let names: Vec<String> = classes.iter().map(|&c| name(c)).collect();
                match names.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("a tie between {} and {last}", rest.join(", ")),
                    _ => "a tie".to_owned(),
                }
            }
            Self::LowShare { winner, share, min_share } => format!(
                "{} leads with only {} % of the vote, {} % are needed",
                name(*winner),
                percent_below(*share, *min_share),
                trim(min_share * 100.0)
            ),
        }
    }
}

/// `share` in per cent, with as many digits as it takes to look smaller than `limit`.
fn percent_below(share: f64, limit: f64) -> String {
    let shown = format!("{:.1}", share * 100.0);
    if shown == format!("{:.1}", limit * 100.0) { format!("{:.4}", share * 100.0) } else { trim(share * 100.0) }
}

/// One decimal, none where it is zero.
fn trim(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// What the slices of one song say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The class with the most votes, whether or not it has enough; none if nobody voted or the first place is shared.
    pub winner: Option<usize>,
    /// Why the song is unclassified; none iff it is classified.
    pub reason: Option<Reason>,
    /// The answer when abstaining is not allowed; none only where no slice is usable. It is the winner; in a tie the tied
    /// class with the greatest mean probability; without any vote the class with the greatest mean probability. If two
    /// classes are still equal, the first one is taken: the only place where the order of the classes matters.
    pub forced: Option<usize>,
    /// The winner's votes / kept slices (or all slices), 0..=1; in a tie, of each of the first; 0 where nobody voted.
    pub share: f64,
    /// `share` minus the share of the second class (0 if there is none), 0..=1.
    pub margin: f64,
    /// Mean probability of each class over the kept slices; over all usable slices if none was kept; empty if none is
    /// usable.
    pub mean: Vec<f64>,
    /// Kept slices whose best class is this one. The sum is `kept`, in both modes.
    pub votes: Vec<u64>,
    /// Slices that voted.
    pub kept: usize,
    /// All slices.
    pub total: usize,
}

impl Verdict {
    /// Whether the song has a genre.
    pub fn classified(&self) -> bool {
        self.reason.is_none()
    }

    /// The class of a classified song.
    pub fn genre(&self) -> Option<usize> {
        self.winner.filter(|_| self.classified())
    }
}

/// The one best class of a slice and its probability.
///
/// None if the row is not usable (a value that is not a number from 0 to 1, or a sum that is not 1 within 1e-2), or if two
/// classes share the top: such a slice has no opinion and does not vote.
pub fn slice_winner(row: &[f32]) -> Option<(usize, f32)> {
    if !usable(row) {
        return None;
    }
    let (class, &top) = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (row.iter().filter(|&&p| p == top).count() == 1).then_some((class, top))
}

fn usable(row: &[f32]) -> bool {
    // A division on a GPU may land a few units in the last place above 1.
    let each = row.iter().all(|p| (0.0..=1.0001).contains(p));
    each && (row.iter().map(|&p| f64::from(p)).sum::<f64>() - 1.0).abs() <= SUM_TOLERANCE
}

/// Lets the slices of one song vote.
///
/// `probabilities` is (slices, `classes`), row-major: one softmax a slice. A slice is kept iff it has one best class (see
/// [`slice_winner`]) whose probability is at least `min_confidence`. With v_k = the number of kept slices whose best class
/// is k (hard) or the sum of p_k over the kept slices (mean softmax), and d = kept or all slices:
/// share = max v_k / d, and the song is classified iff share >= `min_share`, kept >= max(1, `min_kept`,
/// `min_kept_fraction` * slices) and the maximum is reached once.
///
/// Slices with unusable probabilities are never kept, but count in the total.
///
/// # Errors
/// [`Error::Argument`] for no classes or for thresholds out of range, [`Error::Shape`] if the probabilities are not whole
/// rows.
pub fn vote(classes: usize, probabilities: &[f32], thresholds: &Thresholds) -> Result<Verdict> {
    thresholds.validate()?;
    if classes == 0 {
        return Err(Error::Argument { operation: "vote", problem: "there has to be at least one class".to_owned() });
    }
    if !probabilities.len().is_multiple_of(classes) {
        let got = format!("{} values", probabilities.len());
        return Err(Error::shape("vote", "probabilities", format!("rows of {classes} classes"), got));
    }
    let total = probabilities.len() / classes;
    let min_confidence = thresholds.min_confidence as f32;

    let mut votes = vec![0u64; classes];
    let mut kept_sums = vec![0u128; classes];
    let mut usable_sums = vec![0u128; classes];
    let (mut kept, mut usable_slices) = (0usize, 0usize);
    for row in probabilities.chunks_exact(classes).filter(|row| usable(row)) {
        usable_slices += 1;
        add(&mut usable_sums, row);
        if let Some((class, top)) = slice_winner(row)
            && top >= min_confidence
        {
            kept += 1;
            votes[class] += 1;
            add(&mut kept_sums, row);
        }
    }

    let mean_of = |sums: &[u128], slices: usize| sums.iter().map(|&s| s as f64 / UNIT / slices as f64).collect();
    let mean: Vec<f64> = match (kept, usable_slices) {
        (0, 0) => Vec::new(),
        (0, n) => mean_of(&usable_sums, n),
        (n, _) => mean_of(&kept_sums, n),
    };

    // Scores are integers in both modes, so that "equal" means equal.
    let (scores, one_vote): (Vec<u128>, f64) = match thresholds.mode {
        Mode::Hard => (votes.iter().map(|&v| u128::from(v)).collect(), 1.0),
        Mode::MeanSoftmax => (kept_sums.clone(), UNIT),
    };
    let denominator = match thresholds.denominator {
        Denominator::Kept => kept,
        Denominator::All => total,
    };
    let mut ranked = scores.clone();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let best = ranked[0];
    let second = ranked.get(1).copied().unwrap_or(0);
    let as_share = |score: u128| if kept == 0 { 0.0 } else { (score as f64 / one_vote / denominator as f64).min(1.0) };
    let (share, margin) = (as_share(best), as_share(best - second));

    let first: Vec<usize> =
        if kept == 0 { (0..classes).collect() } else { (0..classes).filter(|&k| scores[k] == best).collect() };
    let winner = if kept > 0 && first.len() == 1 { Some(first[0]) } else { None };
    let sums = if kept == 0 { &usable_sums } else { &kept_sums };
    let forced = if usable_slices == 0 { None } else { first.iter().copied().rev().max_by_key(|&k| sums[k]) };

    let needed = thresholds.needed(total);
    let reason = match winner {
        _ if total == 0 => Some(Reason::NoSlices),
        _ if usable_slices == 0 => Some(Reason::Unusable { total }),
        _ if kept < needed => Some(Reason::TooFewKept { kept, needed, total }),
        None => Some(Reason::Tie { classes: first }),
        Some(winner) if share < thresholds.min_share => {
            Some(Reason::LowShare { winner, share, min_share: thresholds.min_share })
        }
        Some(_) => None,
    };
    Ok(Verdict { winner, reason, forced, share, margin, mean, votes, kept, total })
}

/// Adds a usable row to the sums, exactly for probabilities of 2^-36 and more, else within 2^-60.
fn add(sums: &mut [u128], row: &[f32]) {
    for (sum, &p) in sums.iter_mut().zip(row) {
        *sum += (f64::from(p.min(1.0)) * UNIT) as u128;
    }
}
