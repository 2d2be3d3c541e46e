//! The vote: hand-made songs, limits, and properties.

use proptest::prelude::*;
use tunevote::vote::{Denominator, Mode, Reason, Thresholds, Verdict, slice_winner, vote};

/// `n` slices that say `class` with probability `p`, the rest spread evenly.
fn slices(classes: usize, groups: &[(usize, usize, f32)]) -> Vec<f32> {
    let rest = |p: f32| (1.0 - p) / (classes as f32 - 1.0);
    let row = |class: usize, p: f32| (0..classes).map(move |k| if k == class { p } else { rest(p) });
    groups.iter().flat_map(|&(n, class, p)| (0..n).flat_map(move |_| row(class, p))).collect()
}

fn hard(classes: usize, groups: &[(usize, usize, f32)]) -> Verdict {
    vote(classes, &slices(classes, groups), &Thresholds::default()).unwrap()
}

#[test]
fn defaults_are_the_documented_ones() {
    let t = Thresholds::default();
    assert_eq!((t.min_confidence, t.min_share, t.min_kept, t.min_kept_fraction), (0.5, 0.7, 3, 0.3));
    assert_eq!((t.mode, t.denominator), (Mode::Hard, Denominator::Kept));
    let json = serde_json::to_string(&t).unwrap();
    assert_eq!(
        json,
        r#"{"min_confidence":0.5,"min_share":0.7,"min_kept":3,"min_kept_fraction":0.3,"mode":"hard","denominator":"kept"}"#
    );
    assert_eq!(serde_json::from_str::<Thresholds>(&json).unwrap(), t);
    assert_eq!(serde_json::from_str::<Thresholds>(r#"{"mode":"mean-softmax"}"#).unwrap().mode, Mode::MeanSoftmax);
    assert!(serde_json::from_str::<Thresholds>(r#"{"min_shar":0.6}"#).is_err());
}

#[test]
fn a_clear_song() {
    // 10 slices: 7 rock, 2 jazz, 1 that nobody is sure about.
    let v = hard(3, &[(7, 0, 0.9), (2, 2, 0.75), (1, 1, 0.4)]);
    assert!(v.classified());
    assert_eq!((v.winner, v.genre(), v.forced), (Some(0), Some(0), Some(0)));
    assert_eq!((v.kept, v.total, v.votes.clone()), (9, 10, vec![7, 0, 2]));
    assert_eq!((v.share, v.margin), (7.0 / 9.0, 7.0 / 9.0 - 2.0 / 9.0));
    // (7 * .9 + 2 * .125) / 9 and so on; the unsure slice is not in the mean.
    for (mean, want) in v.mean.iter().zip([6.55 / 9.0, 0.6 / 9.0, 1.85 / 9.0]) {
        assert!((mean - want).abs() < 1e-7, "{mean} {want}");
    }
}

#[test]
fn limits_are_reached_not_exceeded() {
    // Exactly 70 %: classified. The quotient 7/10 and the literal .7 are the same f64.
    assert!(hard(2, &[(7, 0, 0.9), (3, 1, 0.9)]).classified());
    let v = hard(2, &[(69, 0, 0.9), (31, 1, 0.9)]);
    assert_eq!(v.reason, Some(Reason::LowShare { winner: 0, share: 0.69, min_share: 0.7 }));
    assert_eq!((v.winner, v.genre(), v.forced), (Some(0), None, Some(0)));
    // Exactly tau, also where f32 and f64 differ (.7f32 < .7f64).
    for tau in [0.5f32, 0.6, 0.7, 0.8, 0.9] {
        let t = Thresholds { min_confidence: tau.to_string().parse().unwrap(), ..Thresholds::default() };
        let below = f32::from_bits(tau.to_bits() - 1);
        let song = slices(3, &[(1, 0, tau), (1, 0, below), (2, 1, 0.95)]);
        assert_eq!(vote(3, &song, &t).unwrap().votes, [1, 2, 0], "tau {tau}");
    }
    // Three kept of ten are enough, two are not; three of eleven are not (3.3 needed, so 4).
    assert!(hard(3, &[(3, 0, 0.9), (7, 1, 0.4)]).classified());
    let few = |kept, needed, total| Some(Reason::TooFewKept { kept, needed, total });
    assert_eq!(hard(3, &[(2, 0, 0.9), (2, 1, 0.4)]).reason, few(2, 3, 4));
    assert_eq!(hard(3, &[(3, 0, 0.9), (8, 1, 0.4)]).reason, few(3, 4, 11));
    let none_needed = Thresholds { min_kept: 0, min_kept_fraction: 0.0, min_share: 0.0, ..Thresholds::default() };
    assert_eq!(vote(3, &slices(3, &[(4, 1, 0.4)]), &none_needed).unwrap().reason, few(0, 1, 4));
}

#[test]
fn needed_is_the_smallest_number_that_reaches_the_fraction() {
    for percent in 0..=100usize {
        for total in 0..=300usize {
            let t = Thresholds { min_kept: 0, min_kept_fraction: percent as f64 / 100.0, ..Thresholds::default() };
            assert_eq!(t.needed(total), (percent * total).div_ceil(100).max(1), "{percent} % of {total}");
        }
    }
}

#[test]
fn a_tie_has_no_winner_but_a_forced_answer() {
    let v = hard(3, &[(4, 0, 0.8), (4, 2, 0.9)]);
    assert_eq!(v.reason, Some(Reason::Tie { classes: vec![0, 2] }));
    assert_eq!((v.winner, v.genre(), v.forced, v.share, v.margin), (None, None, Some(2), 0.5, 0.0));
    // A tie is refused even where the share would do.
    let generous = Thresholds { min_share: 0.0, ..Thresholds::default() };
    let song = slices(3, &[(4, 0, 0.8), (4, 2, 0.9)]);
    assert!(!vote(3, &song, &generous).unwrap().classified());
    // The sums decide in mean mode: (4 * .8 + 4 * .05) / 8 against (4 * .1 + 4 * .9) / 8.
    let mean = vote(3, &song, &Thresholds { mode: Mode::MeanSoftmax, min_share: 0.49, ..generous }).unwrap();
    assert_eq!(mean.genre(), Some(2));
    assert!((mean.share - 0.5).abs() < 1e-7 && (mean.margin - (0.5 - 0.425)).abs() < 1e-7, "{mean:?}");
    assert_eq!(mean.votes, [4, 0, 4]);
    // Equal to the last bit: the first class is forced.
    assert_eq!(hard(3, &[(4, 2, 0.9), (4, 1, 0.9)]).forced, Some(1));
}

#[test]
fn nobody_is_confident() {
    let v = hard(3, &[(5, 1, 0.45), (4, 0, 0.4)]);
    assert_eq!(v.reason, Some(Reason::TooFewKept { kept: 0, needed: 3, total: 9 }));
    assert_eq!((v.share, v.margin, v.winner, v.forced), (0.0, 0.0, None, Some(1)));
    assert!((v.mean[1] - (5.0 * 0.45 + 4.0 * 0.3) / 9.0).abs() < 1e-7, "the mean falls back to all slices: {v:?}");
}

#[test]
fn no_slices_and_broken_slices() {
    let v = hard(3, &[]);
    assert_eq!((v.reason.clone(), v.forced, v.mean.len()), (Some(Reason::NoSlices), None, 0));
    assert_eq!((v.share, v.margin, v.kept, v.total), (0.0, 0.0, 0, 0));

    let broken =
        [f32::NAN, 0.5, 0.5, f32::INFINITY, 0.0, 0.0, -0.5, 1.5, 0.0, 9.0, -3.0, 1.0, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0];
    let v = vote(3, &broken, &Thresholds { min_confidence: 0.0, ..Thresholds::default() }).unwrap();
    assert_eq!((v.reason, v.forced, v.kept, v.total), (Some(Reason::Unusable { total: 6 }), None, 0, 6));

    // They count in the total: 3 good of 12 is below 30 %.
    let mut song = slices(3, &[(3, 0, 0.9)]);
    song.extend([f32::NAN; 27]);
    let v = vote(3, &song, &Thresholds::default()).unwrap();
    assert_eq!(v.reason, Some(Reason::TooFewKept { kept: 3, needed: 4, total: 12 }));
    assert_eq!(v.forced, Some(0));
}

#[test]
fn one_class() {
    let v = vote(1, &[1.0; 4], &Thresholds::default()).unwrap();
    assert_eq!((v.genre(), v.share, v.margin, v.votes), (Some(0), 1.0, 1.0, vec![4]));
}

#[test]
fn all_as_denominator_counts_the_unsure() {
    let song = slices(3, &[(6, 0, 0.9), (4, 1, 0.4)]);
    let t = Thresholds { denominator: Denominator::All, ..Thresholds::default() };
    let v = vote(3, &song, &t).unwrap();
    assert_eq!(v.reason, Some(Reason::LowShare { winner: 0, share: 0.6, min_share: 0.7 }));
    let v = vote(3, &song, &Thresholds { min_share: 0.6, ..t }).unwrap();
    assert_eq!((v.genre(), v.share, v.margin), (Some(0), 0.6, 0.6));
    let v = vote(3, &song, &Thresholds { mode: Mode::MeanSoftmax, ..t }).unwrap();
    assert!((v.share - 0.54).abs() < 1e-7 && (v.margin - (0.54 - 0.03)).abs() < 1e-7, "{v:?}");
}

#[test]
fn a_slice_without_one_best_class_does_not_vote() {
    assert_eq!(slice_winner(&[0.4, 0.4, 0.2]), None);
    assert_eq!(slice_winner(&[0.3, 0.3, 0.4]), Some((2, 0.4)));
    assert_eq!(slice_winner(&[f32::NAN, 1.0]), None);
    assert_eq!(slice_winner(&[1.0]), Some((0, 1.0)));
    assert_eq!(slice_winner(&[]), None);
    let uniform = vote(2, &[0.5; 20], &Thresholds { min_confidence: 0.0, ..Thresholds::default() }).unwrap();
    assert_eq!((uniform.kept, uniform.total, uniform.forced), (0, 10, Some(0)));
}

#[test]
fn wrong_use_is_an_error() {
    let t = Thresholds::default();
    assert!(vote(0, &[], &t).unwrap_err().to_string().contains("at least one class"));
    assert_eq!(
        vote(3, &[0.5; 4], &t).unwrap_err().to_string(),
        "vote: probabilities should be rows of 3 classes, but is 4 values"
    );
    let bad = [
        (Thresholds { min_share: 1.5, ..t }, "min_share is 1.5"),
        (Thresholds { min_confidence: -0.1, ..t }, "min_confidence is -0.1"),
        (Thresholds { min_kept_fraction: f64::NAN, ..t }, "min_kept_fraction is NaN"),
    ];
    for (thresholds, says) in bad {
        let message = vote(2, &[0.9, 0.1], &thresholds).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn reasons_read_well() {
    let labels = ["rock", "jazz", "hip-hop"];
    let say = |r: Reason| r.describe(&labels);
    assert_eq!(say(Reason::NoSlices), "the song is shorter than one slice");
    assert_eq!(say(Reason::Unusable { total: 4 }), "none of the 4 slices has usable probabilities");
    assert_eq!(
        say(Reason::TooFewKept { kept: 2, needed: 9, total: 30 }),
        "only 2 of 30 slices are confident, 9 are needed"
    );
    assert_eq!(say(Reason::Tie { classes: vec![0, 1] }), "a tie between rock and jazz");
    assert_eq!(say(Reason::Tie { classes: vec![0, 1, 2] }), "a tie between rock, jazz and hip-hop");
    let low = |share| say(Reason::LowShare { winner: 2, share, min_share: 0.7 });
    assert_eq!(low(0.5), "hip-hop leads with only 50 % of the vote, 70 % are needed");
    assert_eq!(low(2.0 / 3.0), "hip-hop leads with only 66.7 % of the vote, 70 % are needed");
    assert_eq!(low(0.69999), "hip-hop leads with only 69.9990 % of the vote, 70 % are needed");
}

/// The rules once more, naive: floating-point sums, classes compared one by one.
fn naive(classes: usize, p: &[f32], t: &Thresholds) -> (Option<usize>, f64, usize) {
    let mut score = vec![0.0f64; classes];
    let (mut kept, total) = (0, p.len() / classes);
    for s in 0..total {
        let row = &p[s * classes..(s + 1) * classes];
        for k in 0..classes {
            if (0..classes).all(|j| j == k || row[k] > row[j]) && row[k] >= t.min_confidence as f32 {
                kept += 1;
                for j in 0..classes {
                    score[j] += if t.mode == Mode::Hard { f64::from(u8::from(j == k)) } else { f64::from(row[j]) };
                }
            }
        }
    }
    let over = if t.denominator == Denominator::Kept { kept } else { total };
    let share = score.iter().fold(0.0f64, |a, &b| a.max(b)) / over.max(1) as f64;
    let enough = kept >= t.min_kept.max(1) && kept as f64 / total.max(1) as f64 >= t.min_kept_fraction;
    let best: Vec<usize> =
        (0..classes).filter(|&k| score.iter().all(|&other| score[k] >= other) && score[k] > 0.0).collect();
    let genre = (enough && share >= t.min_share && best.len() == 1).then(|| best[0]);
    (genre, share, kept)
}

/// Rows of small integers divided by their sum: ties within and between slices are common.
fn songs() -> impl Strategy<Value = (usize, Vec<f32>)> {
    (1usize..6, 0usize..14).prop_flat_map(|(classes, n)| {
        let row = proptest::collection::vec(0u32..6, classes).prop_map(|mut weights| {
            weights[0] += u32::from(weights.iter().all(|&w| w == 0));
            let sum: u32 = weights.iter().sum();
            weights.into_iter().map(|w| w as f32 / sum as f32).collect::<Vec<_>>()
        });
        (Just(classes), proptest::collection::vec(row, n).prop_map(|rows| rows.concat()))
    })
}

fn any_thresholds() -> impl Strategy<Value = Thresholds> {
    let fraction = || (0u32..=20).prop_map(|n| f64::from(n) / 20.0);
    (fraction(), fraction(), 0usize..5, fraction(), any::<bool>(), any::<bool>()).prop_map(
        |(min_confidence, min_share, min_kept, min_kept_fraction, mean, all)| Thresholds {
            min_confidence,
            min_share,
            min_kept,
            min_kept_fraction: min_kept_fraction * 0.6,
            mode: if mean { Mode::MeanSoftmax } else { Mode::Hard },
            denominator: if all { Denominator::All } else { Denominator::Kept },
        },
    )
}

/// Rows in another order.
fn shuffled(classes: usize, p: &[f32], seed: u64) -> Vec<f32> {
    let mut rows: Vec<&[f32]> = p.chunks_exact(classes).collect();
    let mut state = seed | 1;
    for i in (1..rows.len()).rev() {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        rows.swap(i, (state >> 33) as usize % (i + 1));
    }
    rows.concat()
}

proptest! {
    #[test]
    fn the_numbers_hold_together((classes, p) in songs(), t in any_thresholds()) {
        let v = vote(classes, &p, &t).unwrap();
        prop_assert!((0.0..=1.0).contains(&v.share) && (0.0..=1.0).contains(&v.margin) && v.margin <= v.share);
        prop_assert_eq!(v.votes.iter().sum::<u64>(), v.kept as u64);
        prop_assert!(v.kept <= v.total && v.total == p.len() / classes);
        prop_assert!((v.mean.iter().sum::<f64>() - 1.0).abs() < 1e-5 || v.total == 0);
        prop_assert_eq!(v.forced.is_some(), v.total > 0);
        if let Some(genre) = v.genre() {
            prop_assert_eq!(v.winner, Some(genre));
            prop_assert_eq!(v.forced, Some(genre));
            prop_assert!(v.share >= t.min_share && v.margin > 0.0 && v.kept >= t.needed(v.total));
        }
        prop_assert_eq!(v.genre().is_some(), v.reason.is_none());
    }

    #[test]
    fn it_agrees_with_the_naive_rules((classes, p) in songs(), t in any_thresholds()) {
        let v = vote(classes, &p, &t).unwrap();
        let (genre, share, kept) = naive(classes, &p, &t);
        prop_assert_eq!(v.kept, kept);
        prop_assert!((v.share - share).abs() < 1e-12);
        // Floating-point sums may break a tie, or miss the limit, that integer sums see.
        if t.mode == Mode::Hard || ((share - t.min_share).abs() > 1e-12 && (v.margin > 1e-12 || kept == 0)) {
            prop_assert_eq!(v.genre(), genre);
        }
    }

    #[test]
    fn order_of_slices_changes_nothing(
        (classes, p) in songs(), noise in proptest::collection::vec(1e-7f32..1e-3, 80), t in any_thresholds(), seed: u64,
    ) {
        // Uneven values, so that floating-point sums would differ.
        let p: Vec<f32> = p.iter().zip(noise.iter().cycle()).map(|(p, n)| (p - n).abs()).collect();
        let (a, b) = (vote(classes, &p, &t).unwrap(), vote(classes, &shuffled(classes, &p, seed), &t).unwrap());
        prop_assert_eq!(a, b);
    }

    #[test]
    fn a_higher_share_never_classifies_more((classes, p) in songs(), t in any_thresholds(), other in 0.0f64..=1.0) {
        let (low, high) = (t.min_share.min(other), t.min_share.max(other));
        let low = vote(classes, &p, &Thresholds { min_share: low, ..t }).unwrap();
        let high = vote(classes, &p, &Thresholds { min_share: high, ..t }).unwrap();
        prop_assert!(low.classified() || !high.classified());
        if high.classified() {
            prop_assert_eq!(low.genre(), high.genre());
        }
    }

    #[test]
    fn relabelling_permutes_the_result((classes, p) in songs(), t in any_thresholds(), shift in 0usize..6) {
        let to = |k: usize| (k + shift) % classes;
        let mut moved = p.clone();
        for (row, new) in p.chunks_exact(classes).zip(moved.chunks_exact_mut(classes)) {
            (0..classes).for_each(|k| new[to(k)] = row[k]);
        }
        let (a, b) = (vote(classes, &p, &t).unwrap(), vote(classes, &moved, &t).unwrap());
        prop_assert_eq!(a.winner.map(to), b.winner);
        prop_assert_eq!((a.share, a.margin, a.kept, a.classified()), (b.share, b.margin, b.kept, b.classified()));
        for k in 0..classes {
            prop_assert_eq!(a.votes[k], b.votes[to(k)]);
            if a.total > 0 {
                prop_assert_eq!(a.mean[k], b.mean[to(k)]);
            }
        }
        if a.winner.is_some() {
            prop_assert_eq!(a.forced.map(to), b.forced);
        }
    }
}
