//! Methods compared on the same songs, against hand-computed cases.

use proptest::prelude::*;
use tunevote::metrics::{
    Answer, Difference, Measure, Observation, Options, Ranking, Sample, Standing, TwoVotes, resample, wilson,
};
use tunevote::vote::{Thresholds, Verdict, vote};

#[track_caller]
fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-9, "got {got}, want {want}");
}

const R: bool = false;
const W: bool = true;

#[test]
fn risk_at_a_coverage_by_hand() {
    let ranking = Ranking::new([(0.7, R), (0.9, R), (0.6, W), (0.8, W)]);
    // 1.5 answers: the second one, which is wrong, is given half of the time: .5 / 1.5.
    for (coverage, risk) in [(0.25, 0.0), (0.375, 1.0 / 3.0), (0.5, 0.5), (0.75, 1.0 / 3.0), (1.0, 0.5)] {
        near(ranking.risk_at(coverage, None), risk);
    }
    // Right twice, right, wrong three times: six answers, the first three of them right, one of four wrong.
    let weights = [1, 2, 3, 0];
    near(ranking.risk_at(0.5, Some(&weights)), 0.0);
    near(ranking.risk_at(4.0 / 6.0, Some(&weights)), 1.0 / 4.0);
    near(ranking.risk_at(1.0, Some(&weights)), 3.0 / 6.0);

    // Three share the first place, one of them wrong: of two answers, 2 x 1/3 are wrong. Below them, a wrong one.
    let ties = Ranking::new([(0.5, W), (1.0, R), (1.0, W), (1.0, R)]);
    for (coverage, risk) in [(0.25, 1.0 / 3.0), (0.5, 1.0 / 3.0), (0.75, 1.0 / 3.0), (1.0, 0.5)] {
        near(ties.risk_at(coverage, None), risk);
    }

    let one = Ranking::new([(0.3, W)]);
    assert_eq!([0.01, 1.0].map(|c| one.risk_at(c, None)), [1.0, 1.0]);
    assert!([0.0, -0.5, 1.01, f64::NAN].iter().all(|&c| one.risk_at(c, None).is_nan()));
    assert!(Ranking::new([]).risk_at(1.0, None).is_nan() && one.risk_at(1.0, Some(&[0])).is_nan());
}

#[test]
fn replicates_have_one_sided_bounds() {
    let mut values = [3.0, f64::NAN, 1.0, 2.0, 5.0, 4.0].into_iter();
    let clusters = vec![vec![0], vec![1]];
    let [replicates] = resample(&clusters, 6, 0, |_| [values.next().unwrap()]);
    assert_eq!(replicates.count(), 5);
    // Five sorted values: .95 lies at 3.8 of 0..4.
    near(replicates.quantile(0.95).unwrap(), 4.8);
    assert_eq!([0.0, 0.5, 1.0].map(|q| replicates.quantile(q).unwrap()), [1.0, 3.0, 5.0]);
    assert_eq!((replicates.quantile(1.1), replicates.quantile(f64::NAN)), (None, None));
    assert_eq!([4.0, 4.5, 6.0, 0.0].map(|v| replicates.share_from(v).unwrap()), [0.4, 0.2, 0.0, 1.0]);
    let [none] = resample(&clusters[..1], 6, 0, |_| [1.0]);
    assert_eq!((none.count(), none.quantile(0.5), none.interval(), none.share_from(0.0)), (0, None, None, None));
}

/// Songs `0..songs` judged under each of `seeds`, seed after seed, without artists.
fn sample(songs: usize, seeds: u64) -> Sample {
    by_artist(songs, seeds, |_| None)
}

fn by_artist(songs: usize, seeds: u64, artist: fn(usize) -> Option<&'static str>) -> Sample {
    let names: Vec<String> = (0..songs).map(|i| format!("{i}.mp3")).collect();
    let of_seed = |seed| names.iter().enumerate().map(move |(i, song)| Observation { song, artist: artist(i), seed });
    Sample::new((0..seeds).flat_map(of_seed))
}

fn ranked(score: f64, wrong: bool) -> Answer {
    Answer { score, ..Answer::forced(wrong) }
}

fn forced(wrong: &[bool]) -> Vec<Answer> {
    wrong.iter().map(|&wrong| Answer::forced(wrong)).collect()
}

const OPTIONS: Options = Options { replicates: 4000, seed: 3, bins: 4 };

fn difference(sample: &Sample, method: &[Answer], baseline: &[Answer], measure: Measure) -> Difference {
    Difference::new(sample, method, baseline, measure, &OPTIONS).unwrap()
}

#[test]
fn songs_artists_and_seeds_are_counted() {
    let s = by_artist(6, 3, |i| [Some("x"), Some(" X "), Some("y"), None, Some(""), Some("x")][i]);
    assert_eq!((s.songs(), s.artists(), s.seeds()), (6, 2, 3));
    assert_eq!((Sample::new([]).songs(), Sample::new([]).artists(), Sample::new([]).seeds()), (0, 0, 0));
}

#[test]
fn a_difference_of_two_songs_by_hand() {
    // Both right against one right: 0 - 1/2. Two songs are drawn: the second one (wrong) not, once or twice with probability
    // 1/4, 1/2, 1/4, which gives differences of 0, -1/2 and -1.
    let d = difference(&sample(2, 1), &forced(&[R, R]), &forced(&[R, W]), Measure::RiskAt(1.0));
    assert_eq!((d.method, d.baseline, d.difference, d.by_artist), (Some(0.0), Some(0.5), Some(-0.5), None));
    let b = d.by_song.unwrap();
    assert_eq!((b.interval.low, b.interval.high, b.upper, b.replicates), (-1.0, 0.0, 0.0, 4000));
    // sqrt(1/4 3/4 / 4000) = .007
    assert!((b.not_better - 0.25).abs() < 0.03, "{b:?}");
    assert!(!b.gain() && !d.gain(), "an upper bound of 0 is no gain");

    let all = difference(&sample(2, 1), &forced(&[R, R]), &forced(&[W, W]), Measure::RiskAt(1.0));
    let b = all.by_song.unwrap();
    assert_eq!((b.interval.low, b.upper, b.not_better, all.gain()), (-1.0, -1.0, 0.0, true));
    let back = difference(&sample(2, 1), &forced(&[W, W]), &forced(&[R, R]), Measure::RiskAt(1.0));
    assert_eq!((back.difference, back.by_song.unwrap().not_better, back.gain()), (Some(1.0), 1.0, false));
}

#[test]
fn a_paired_difference_has_the_normal_bounds() {
    // Of 400 songs the baseline alone has 30 wrong, the method alone 10, both 50: -20 / 400 = -.05. A song's difference is -1, 1 or 0, so
    // its variance is 40 / 400 - .05^2 = .0975, that of the mean .0975 / 400 = .01561^2.
    let method: Vec<_> = (0..400).map(|i| (30..90).contains(&i)).collect();
    let baseline: Vec<_> = (0..400).map(|i| i < 30 || (40..90).contains(&i)).collect();
    let (method, baseline) = (forced(&method), forced(&baseline));
    let s = sample(400, 1);
    let d = difference(&s, &method, &baseline, Measure::RiskAt(1.0));
    near(d.difference.unwrap(), -0.05);
    let b = d.by_song.unwrap();
    assert!((b.upper - (-0.05 + 1.645 * 0.01561)).abs() < 0.002, "{b:?}");
    assert!((b.interval.low - (-0.05 - 1.96 * 0.01561)).abs() < 0.003, "{b:?}");
    assert!((b.interval.high - (-0.05 + 1.96 * 0.01561)).abs() < 0.003, "{b:?}");
    assert!(d.gain() && b.not_better < 0.005);

    // Drawn apart, as if the songs were not the same, the variance would be .15 .85 / 400 + .2 .8 / 400: the bound would be -.0074.
    assert!(b.upper < -0.02);

    assert_eq!(difference(&s, &method, &baseline, Measure::RiskAt(1.0)), d, "the seed decides");
    let other = Options { seed: 4, ..OPTIONS };
    assert_ne!(Difference::new(&s, &method, &baseline, Measure::RiskAt(1.0), &other).unwrap().by_song, d.by_song);

    // The same songs under two seeds that agree: nothing is known that was not known before.
    let [method2, baseline2] = [&method, &baseline].map(|answers| [answers.clone(), answers.clone()].concat());
    assert_eq!(difference(&sample(400, 2), &method2, &baseline2, Measure::RiskAt(1.0)), d);

    // Artists of ten neighbours: three differ by -1, one by 1, 36 by 0. The mean of 40 artists has the variance .0975 / 40 = .0494^2.
    let bundled = by_artist(400, 1, |i| Some(TENS[i / 10 % 40]));
    let a = difference(&bundled, &method, &baseline, Measure::RiskAt(1.0));
    assert_eq!((a.by_song, a.difference), (d.by_song, d.difference));
    let wide = a.by_artist.unwrap();
    assert!((wide.interval.high - wide.interval.low - 2.0 * 1.96 * 0.0494).abs() < 0.02, "{wide:?}");
    assert!(!wide.gain() && !a.gain() && a.by_song.unwrap().gain(), "artists decide where they are known");
    assert_eq!(a.bounds(), Some(wide));
}

const TENS: [&str; 40] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "aa", "ab",
    "ac", "ad", "ae", "af", "ag", "ah", "ai", "aj", "ak", "al", "am", "an", "ao", "ap", "aq", "ar", "as", "at",
];

#[test]
fn a_method_that_cannot_rank_has_its_risk_at_every_coverage() {
    let s = sample(4, 1);
    let network = forced(&[R, W, R, R]);
    let vote = [(0.9, R), (0.8, R), (0.7, W), (0.6, W)].map(|(score, wrong)| ranked(score, wrong));
    for (measure, network_is, vote_is) in [
        (Measure::RiskAt(0.5), 0.25, 0.0),
        (Measure::RiskAt(0.75), 0.25, 1.0 / 3.0),
        (Measure::RiskAt(1.0), 0.25, 0.5),
        // (0 + 0 + 1/3 + 1/2) / 4 against 1/4 at all four coverages.
        (Measure::Aurc, 0.25, (1.0 / 3.0 + 0.5) / 4.0),
    ] {
        let d = difference(&s, &vote, &network, measure);
        near(d.method.unwrap(), vote_is);
        near(d.baseline.unwrap(), network_is);
        near(d.difference.unwrap(), vote_is - network_is);
    }
    let standing = Standing::new(&s, &network, &OPTIONS).unwrap();
    assert_eq!((standing.readings.t1.count, standing.readings.t2.count, standing.readings.t3.count), (0, 1, 1));
    assert_eq!((standing.aurc.value, standing.brier.value, standing.calibration.ece), (Some(0.25), None, None));
}

#[test]
fn given_answers_are_compared_by_hand() {
    // The method gives three answers, one of them wrong. The baseline's best three are its right first one and both wrong ones.
    let given = |score, wrong, given| Answer { given, ..ranked(score, wrong) };
    let method = [given(0.9, R, true), given(0.8, R, false), given(0.7, R, true), given(0.6, W, true)];
    let baseline = [given(0.9, R, true), given(0.5, W, false), given(0.5, W, false), given(0.1, R, true)];
    let s = sample(4, 1);
    let d = difference(&s, &method, &baseline, Measure::RiskAtOwnCoverage);
    near(d.method.unwrap(), 1.0 / 3.0);
    near(d.baseline.unwrap(), 2.0 / 3.0);
    // What is given ranks first: against itself a method has no difference, in no replicate.
    let first = [given(0.9, R, true), given(0.8, W, true), given(0.7, R, false), given(0.6, W, false)];
    let d = difference(&s, &first, &first, Measure::RiskAtOwnCoverage);
    let bounds = d.by_song.unwrap();
    assert_eq!((d.method, d.difference, bounds.interval.low, bounds.interval.high), (Some(0.5), Some(0.0), 0.0, 0.0));

    // Nothing given: there is no risk, and no gain.
    let silent = method.map(|answer| Answer { given: false, ..answer });
    let d = difference(&s, &silent, &baseline, Measure::RiskAtOwnCoverage);
    assert_eq!((d.method, d.difference, d.by_song, d.gain()), (None, None, None, false));
}

#[test]
fn each_seed_has_its_own_ranking() {
    // Seed 0 scores around .9, seed 1 around .1. Each ranks its right one first: AURC (0 + 1/2) / 2 under both seeds. In one
    // ranking the wrong one of seed 0 would stand before the right one of seed 1: (0 + 1/2 + 1/3 + 1/2) / 4.
    let answers = [ranked(0.95, R), ranked(0.9, W), ranked(0.15, R), ranked(0.1, W)];
    let standing = Standing::new(&sample(2, 2), &answers, &OPTIONS).unwrap();
    assert_eq!(
        (standing.songs, standing.seeds, standing.aurc.value, standing.eaurc.value),
        (2, 2, Some(0.25), Some(0.0))
    );
    // At half the coverage each answers its right one.
    let d = difference(&sample(2, 2), &answers, &forced(&[R, W, W, W]), Measure::RiskAt(0.5));
    assert_eq!((d.method, d.baseline), (Some(0.0), Some((0.5 + 1.0) / 2.0)));
}

/// A vote of ten slices, `first` of which say class 0 and the rest class 1, each with .8 of 3 classes.
fn voted(first: usize) -> Verdict {
    let row = |class: usize| (0..3).map(move |k| if k == class { 0.8f32 } else { 0.1 });
    let p: Vec<f32> = (0..10).flat_map(|s| row(usize::from(s >= first))).collect();
    vote(3, &p, &Thresholds::default()).unwrap()
}

#[test]
fn a_second_look_is_for_songs_that_the_vote_leaves() {
    let (sure, unsure, other, none) = (voted(8), voted(6), voted(0), vote(3, &[], &Thresholds::default()).unwrap());
    assert!(sure.classified() && !unsure.classified());
    // The vote stands, though the other would say class 1 with a share of 1.
    let kept = TwoVotes::new(&sure, Some(&other));
    assert_eq!((kept.verdict, kept.score), (&sure, 2.8));
    let accepted = TwoVotes::new(&unsure, Some(&other));
    assert_eq!((accepted.verdict, accepted.score), (&other, 2.0));
    // What the second look leaves open too stays as the vote left it.
    let tied = voted(5);
    assert_eq!(TwoVotes::new(&unsure, Some(&tied)), TwoVotes::new(&unsure, None));
    let left = TwoVotes::new(&tied, Some(&unsure));
    assert_eq!((left.verdict.classified(), left.score), (false, 0.5));
    assert_eq!(TwoVotes::new(&unsure, None), TwoVotes::new(&unsure, Some(&unsure)));
    assert_eq!(TwoVotes::new(&none, None).score, 0.0);
    // A share of 1 in the second look, the least share that the vote classified.
    assert!(TwoVotes::new(&voted(7), None).score > accepted.score);

    // Few slices that agree: unclassified, and below every classified song.
    let rows = [vec![0.8, 0.1, 0.1], [0.4, 0.3, 0.3].repeat(9)].concat();
    let few = vote(3, &rows, &Thresholds::default()).unwrap();
    assert_eq!((few.classified(), few.share, TwoVotes::new(&few, None).score), (false, 1.0, 1.0));

    let answer = accepted.answer(1);
    assert_eq!(
        (answer.score, answer.given, answer.wrong, answer.confidence),
        (2.0, true, false, Some(f64::from(0.8f32)))
    );
    let answer = left.answer(0);
    // Five against five: the forced answer is the first.
    assert_eq!((answer.given, answer.wrong), (false, false));
    let answer = TwoVotes::new(&none, None).answer(0);
    assert_eq!((answer.given, answer.wrong, answer.confidence, answer.brier), (false, true, None, None));
}

#[test]
fn a_vote_with_a_second_look_by_hand() {
    // Truth and vote (slices for class 0): classified right, classified wrong, three unclassified, the third without slices.
    let votes = [voted(10), voted(9), voted(6), voted(5), vote(3, &[], &Thresholds::default()).unwrap()];
    let truth = [0, 1, 1, 0, 0];
    // The second look: class 1 (right), class 1 (wrong), nothing.
    let refined = [None, None, Some(voted(1)), Some(voted(3)), None];
    let alone: Vec<_> = votes.iter().zip(truth).map(|(v, t)| TwoVotes::new(v, None).answer(t)).collect();
    let both: Vec<_> =
        votes.iter().zip(&refined).zip(truth).map(|((v, r), t)| TwoVotes::new(v, r.as_ref()).answer(t)).collect();
    let s = by_artist(5, 1, |i| [Some("x"), Some("x"), Some("y"), None, Some("z")][i]);
    let read = |answers: &[Answer]| {
        let standing = Standing::new(&s, answers, &OPTIONS).unwrap();
        let r = standing.readings;
        ([r.t1, r.t2, r.t3, r.wrong, r.wrong_of_classified].map(|rate| (rate.count, rate.of)), standing)
    };
    // U 3, U + W 4. Forced: right, wrong, wrong (class 0), right (a tie, the first), wrong (no answer).
    let (counts, standing) = read(&alone);
    assert_eq!(counts, [(3, 5), (4, 5), (3, 5), (1, 5), (1, 2)]);
    // Order: right 2, wrong 1.9, wrong .6, right .5, wrong 0.
    near(standing.aurc.value.unwrap(), (0.0 + 1.0 / 2.0 + 2.0 / 3.0 + 2.0 / 4.0 + 3.0 / 5.0) / 5.0);
    // With the second look: U 1, W 2. Order: right 2, wrong 1.9, right .9, wrong .7, wrong 0.
    let (counts, standing) = read(&both);
    assert_eq!(counts, [(1, 5), (3, 5), (3, 5), (2, 5), (2, 4)]);
    let aurc = (0.0 + 1.0 / 2.0 + 1.0 / 3.0 + 2.0 / 4.0 + 3.0 / 5.0) / 5.0;
    near(standing.aurc.value.unwrap(), aurc);
    near(standing.eaurc.value.unwrap(), aurc - (1.0 / 3.0 + 2.0 / 4.0 + 3.0 / 5.0) / 5.0);
    assert_eq!((standing.songs, standing.artists, standing.seeds), (5, 3, 1));
    assert_eq!(standing.readings.t1.wilson, wilson(1, 5));
    // A class with share s has the mean probability .1 + .7 s: .8 right, .73 wrong, .73 right, .59 wrong. Those three are in the bin from
    // .5 to .75, one of them right; .8 is in the last.
    let gap = (0.59 + 0.73 + 0.73 - 1.0) + (1.0 - 0.8);
    assert!((standing.calibration.ece.unwrap() - gap / 4.0).abs() < 1e-6, "{:?}", standing.calibration);
    // (1 - the true class)^2 + the other class^2 + .1^2.
    let brier = |own: f64, other: f64| (1.0 - own).powi(2) + other.powi(2) + 0.01;
    let want = (brier(0.8, 0.1) + brier(0.17, 0.73) + brier(0.73, 0.17) + brier(0.31, 0.59)) / 4.0;
    assert!((standing.brier.value.unwrap() - want).abs() < 1e-6);
    for estimate in [standing.aurc, standing.readings.t2.estimate, standing.brier] {
        let (value, song, artist) = (estimate.value.unwrap(), estimate.by_song.unwrap(), estimate.by_artist.unwrap());
        assert!(song.low <= value && value <= song.high && artist.low <= value && value <= artist.high, "{estimate:?}");
        assert_ne!(song, artist);
    }

    // Of the best three songs one is wrong, and two of those that the vote alone ranks first. At the coverage of the second look, 4 of 5, both have 2 of 4.
    let d = difference(&s, &both, &alone, Measure::RiskAt(0.6));
    assert_eq!((d.method, d.baseline), (Some(1.0 / 3.0), Some(2.0 / 3.0)));
    let d = difference(&s, &both, &alone, Measure::RiskAtOwnCoverage);
    assert_eq!((d.method, d.baseline, d.difference), (Some(0.5), Some(0.5), Some(0.0)));
    // A second look that says the same as the vote changes nothing.
    let same: Vec<_> = votes.iter().zip(truth).map(|(v, t)| TwoVotes::new(v, Some(v)).answer(t)).collect();
    assert_eq!(same, alone);
    let b = difference(&s, &same, &alone, Measure::Aurc).by_song.unwrap();
    assert_eq!((b.upper, b.not_better, b.gain()), (0.0, 1.0, false));
}

#[test]
fn seeds_of_one_song_are_drawn_together() {
    // Of 40 songs 10 are wrong, under each of five seeds: 50 of 200 observations, but as unsure as 10 of 40.
    let wrong: Vec<bool> = (0..40).map(|i| i % 4 == 0).collect();
    let one = Standing::new(&sample(40, 1), &forced(&wrong), &OPTIONS).unwrap().readings;
    let five = Standing::new(&sample(40, 5), &forced(&wrong.repeat(5)), &OPTIONS).unwrap().readings;
    assert_eq!((five.t3.count, five.t3.of, five.t3.estimate), (50, 200, one.t3.estimate));
    assert_eq!((one.t3.wilson, five.t3.wilson), (wilson(10, 40), None), "observations of a song are not independent");
    // None of them is unclassified: no more certain than 40 songs can be.
    assert_eq!((five.t1.count, five.t1.estimate.by_song), (0, wilson(0, 40)));
}

#[test]
fn false_accepts_are_a_rate_of_songs_from_outside() {
    // Two songs under two seeds: the first accepted under both, the second under one. Resamplings: 1, 3/4 or 1/2.
    let rate = sample(2, 2).rate(&[true, false, true, true], &OPTIONS).unwrap();
    assert_eq!((rate.count, rate.of, rate.estimate.value, rate.wilson), (3, 4, Some(0.75), None));
    let interval = rate.estimate.by_song.unwrap();
    assert_eq!((interval.low, interval.high, rate.estimate.by_artist), (0.5, 1.0, None));
    let rate = sample(9, 1).rate(&[false; 9], &OPTIONS).unwrap();
    assert_eq!((rate.count, rate.wilson, rate.estimate.by_song), (0, wilson(0, 9), wilson(0, 9)));
}

#[test]
fn one_song_has_values_without_bounds() {
    let s = by_artist(1, 3, |_| Some("x"));
    let (method, baseline) = (forced(&[R, R, R]), forced(&[W, R, W]));
    for measure in [Measure::RiskAt(0.5), Measure::RiskAtOwnCoverage, Measure::Aurc] {
        let d = difference(&s, &method, &baseline, measure);
        near(d.difference.unwrap(), -2.0 / 3.0);
        assert_eq!((d.by_song, d.by_artist, d.gain()), (None, None, false));
    }
    let standing = Standing::new(&s, &baseline, &OPTIONS).unwrap();
    assert_eq!((standing.readings.t3.count, standing.readings.t3.estimate.by_song), (2, None));
}

#[test]
fn what_does_not_fit_is_refused() {
    let (s, two, three) = (sample(2, 1), forced(&[R, W]), forced(&[R, W, R]));
    let say = |method: &[Answer], baseline: &[Answer], coverage| {
        Difference::new(&s, method, baseline, Measure::RiskAt(coverage), &OPTIONS).unwrap_err().to_string()
    };
    assert!(say(&three, &two, 0.5).contains("there are 3 answers, but 2 observations"));
    assert!(say(&two, &three, 0.5).contains("there are 3 answers"));
    for coverage in [0.0, 1.5, f64::NAN] {
        assert!(say(&two, &two, coverage).contains("the coverage should be above 0"));
    }
    assert!(Standing::new(&s, &three, &OPTIONS).unwrap_err().to_string().contains("3 answers"));
    assert!(s.rate(&[true], &OPTIONS).unwrap_err().to_string().contains("1 answers"));
    let none = Sample::new([]);
    assert!(Standing::new(&none, &[], &OPTIONS).unwrap_err().to_string().contains("there is no song"));
    assert!(Difference::new(&none, &[], &[], Measure::Aurc, &OPTIONS).is_err() && none.rate(&[], &OPTIONS).is_err());
}

#[test]
fn a_comparison_can_be_saved_and_read() {
    let s = by_artist(4, 1, |i| Some(["x", "y"][i % 2]));
    let d = difference(&s, &forced(&[R, R, R, W]), &forced(&[R, W, R, W]), Measure::RiskAt(0.5));
    assert_eq!(serde_json::from_str::<Difference>(&serde_json::to_string(&d).unwrap()).unwrap(), d);
    let standing = Standing::new(&s, &forced(&[R, R, R, W]), &OPTIONS).unwrap();
    assert_eq!(serde_json::from_str::<Standing>(&serde_json::to_string(&standing).unwrap()).unwrap(), standing);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_area_is_the_mean_of_the_risks(
        items in proptest::collection::vec(((0u32..5).prop_map(f64::from), any::<bool>()), 1..40)
    ) {
        let (n, ranking) = (items.len(), Ranking::new(items.clone()));
        let sum: f64 = (1..=n).map(|k| ranking.risk_at(k as f64 / n as f64, None)).sum();
        prop_assert!((ranking.areas(None).0 - sum / n as f64).abs() < 1e-9);
        // Where a run of equal scores ends, nothing is left to chance.
        for p in ranking.curve().unwrap().points {
            prop_assert!((ranking.risk_at(p.coverage, None) - p.risk).abs() < 1e-9);
        }
    }

    #[test]
    fn weighted_risks_are_those_of_repetitions(
        items in proptest::collection::vec(((0u32..4).prop_map(f64::from), any::<bool>()), 1..8),
        weights in proptest::collection::vec(0u32..4, 8),
        coverage in 0.01f64..=1.0,
    ) {
        let repeated = items.iter().zip(&weights).flat_map(|(&i, &w)| (0..w).map(move |_| i));
        let (a, b) = (Ranking::new(items.clone()), Ranking::new(repeated));
        let (a, b) = (a.risk_at(coverage, Some(&weights)), b.risk_at(coverage, None));
        prop_assert!((a - b).abs() < 1e-12 || a.is_nan() && b.is_nan(), "{} {}", a, b);
    }
}
