//! Receiver operating characteristics against scikit-learn, against every pair of songs, and against closed forms.

use proptest::prelude::*;
use serde::Deserialize;
use tunevote::metrics::{
    ClassRoc, Evaluation, Forced, Observation, Options, Ranking, Roc, RocPoint, Sample, Scores, Song, wilson,
};
use tunevote::vote::{Record, Thresholds};

const PLAIN: Options = Options { replicates: 0, seed: 0, bins: 15 };

#[track_caller]
fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
}

fn names(classes: usize) -> Vec<String> {
    (0..classes).map(|k| format!("label{k}")).collect()
}

/// Songs of (truth, probabilities), each by an artist of its own unless `artist` says otherwise.
fn measured(
    classes: usize,
    songs: &[(usize, Vec<f64>)],
    artist: fn(usize) -> usize,
    cuts: Option<&[Option<f64>]>,
    options: &Options,
) -> Roc {
    let [paths, artists]: [Vec<String>; 2] =
        [|i: usize| i, artist].map(|of| (0..songs.len()).map(|i| format!("n{}", of(i))).collect());
    let observed = paths.iter().zip(&artists);
    let sample = Sample::new(observed.map(|(song, artist)| Observation { song, artist: Some(artist), seed: 0 }));
    let rows: Vec<(usize, &[f64])> = songs.iter().map(|(truth, row)| (*truth, row.as_slice())).collect();
    Roc::new(&names(classes), &sample, &rows, cuts, options).unwrap()
}

fn plain(classes: usize, songs: &[(usize, Vec<f64>)]) -> Roc {
    measured(classes, songs, |i| i, None, &PLAIN)
}

#[derive(Deserialize)]
struct Fixture {
    grid: Vec<f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    truth: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
    classes: Vec<OfClass>,
    r#macro: Macro,
    micro: Micro,
    balanced_accuracy: f64,
}

#[derive(Deserialize)]
struct OfClass {
    fpr: Vec<f64>,
    tpr: Vec<f64>,
    thresholds: Vec<Option<f64>>,
    auc: f64,
    youden: YoudenOf,
}

#[derive(Deserialize)]
struct YoudenOf {
    threshold: f64,
    sensitivity: f64,
    specificity: f64,
}

#[derive(Deserialize)]
struct Macro {
    auc: f64,
    heights: Vec<f64>,
}

#[derive(Deserialize)]
struct Micro {
    auc: f64,
    fpr: Vec<f64>,
    tpr: Vec<f64>,
}

/// The largest height of a line through points at `x`: where it rises straight up, the top.
fn height(points: &[[f64; 2]], x: f64) -> f64 {
    let after = points.partition_point(|point| point[0] <= x);
    let [x0, y0] = points[after - 1];
    match points.get(after) {
        Some([x1, y1]) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        None => y0,
    }
}

fn area(points: &[[f64; 2]]) -> f64 {
    points.windows(2).map(|pair| (pair[1][0] - pair[0][0]) * (pair[0][1] + pair[1][1]) / 2.0).sum()
}

fn line(points: &[RocPoint]) -> Vec<[f64; 2]> {
    points.iter().map(|p| [p.fpr, p.tpr]).collect()
}

/// Points are those of scikit-learn but for those on the way between two others, which it kept here.
#[track_caller]
fn same_curve(points: &[[f64; 2]], fpr: &[f64], tpr: &[f64]) {
    let theirs: Vec<[f64; 2]> = fpr.iter().zip(tpr).map(|(&f, &t)| [f, t]).collect();
    let close = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12;
    assert!(points.iter().all(|point| theirs.iter().any(|other| close(point, other))), "{points:?}");
    let on_the_way = |point: &[f64; 2]| {
        let between = |pair: &[[f64; 2]]| {
            let [[x0, y0], [x1, y1]] = [pair[0], pair[1]];
            let within =
                x0 - 1e-12 <= point[0] && point[0] <= x1 + 1e-12 && y0 - 1e-12 <= point[1] && point[1] <= y1 + 1e-12;
            within && ((x1 - x0) * (point[1] - y0) - (point[0] - x0) * (y1 - y0)).abs() < 1e-12
        };
        points.windows(2).any(between)
    };
    for point in &theirs {
        assert!(on_the_way(point), "{point:?} is not on the curve {points:?}");
    }
    assert_eq!((points[0], points[points.len() - 1]), ([0.0, 0.0], [1.0, 1.0]));
}

#[test]
fn curves_and_areas_are_scikit_learns() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/metrics/roc.json")).unwrap();
    assert_eq!(fixture.cases.len(), 5);
    let (mut ties, mut corners) = (0, 0);
    for case in &fixture.cases {
        let classes = case.classes.len();
        let songs: Vec<_> = case.truth.iter().copied().zip(case.probabilities.clone()).collect();
        let roc = plain(classes, &songs);
        assert_eq!((roc.songs, roc.without, roc.cut_here), (songs.len() as u64, 0, true));
        for (k, (ours, theirs)) in roc.classes.iter().zip(&case.classes).enumerate() {
            assert_eq!(ours.positives as usize, case.truth.iter().filter(|&&truth| truth == k).count());
            assert_eq!(ours.missing, None);
            let points = ours.points.as_ref().unwrap();
            same_curve(&line(points), &theirs.fpr, &theirs.tpr);
            for point in points {
                let same =
                    |i: &usize| theirs.thresholds[*i] == point.threshold && (theirs.fpr[*i] - point.fpr).abs() < 1e-12;
                assert!((0..theirs.fpr.len()).any(|i| same(&i)), "{point:?}");
            }
            ties += usize::from(theirs.fpr.len() < songs.len());
            corners += usize::from(points.len() < theirs.fpr.len());
            near(ours.auc.value.unwrap(), theirs.auc);
            near(area(&line(points)), theirs.auc);
            let cut = ours.cut.unwrap();
            assert_eq!((Some(cut.threshold), cut.threshold), (ours.youden, theirs.youden.threshold));
            near(cut.sensitivity.estimate.value.unwrap(), theirs.youden.sensitivity);
            near(cut.specificity.estimate.value.unwrap(), theirs.youden.specificity);
        }
        let mean = |of: fn(&YoudenOf) -> f64| case.classes.iter().map(|c| of(&c.youden)).sum::<f64>() / classes as f64;
        near(roc.sensitivity.value.unwrap(), mean(|youden| youden.sensitivity));
        near(roc.specificity.value.unwrap(), mean(|youden| youden.specificity));
        let average = roc.macro_average.points.as_ref().unwrap();
        for (&x, &y) in fixture.grid.iter().zip(&case.r#macro.heights) {
            near(height(average, x), y);
        }
        near(roc.macro_average.auc.value.unwrap(), case.r#macro.auc);
        near(area(average), case.r#macro.auc);
        same_curve(roc.micro_average.points.as_ref().unwrap(), &case.micro.fpr, &case.micro.tpr);
        near(roc.micro_average.auc.value.unwrap(), case.micro.auc);

        let answer = |(truth, row): &(usize, Vec<f64>)| {
            let best = (0..classes).rev().max_by(|&a, &b| row[a].total_cmp(&row[b]));
            Forced { song: format!("{row:?}"), artist: None, truth: *truth, answer: best, probabilities: row.clone() }
        };
        let mut answers: Vec<_> = songs.iter().map(answer).collect();
        answers.iter_mut().enumerate().for_each(|(i, forced)| forced.song = i.to_string());
        let scores = Scores::new(&names(classes), &answers, None, &PLAIN).unwrap();
        near(scores.macro_recall.value.unwrap(), case.balanced_accuracy);
        assert_eq!(scores.roc.classes, roc.classes);
    }
    assert!(ties > 5 && corners > 5, "the fixture is too easy: {ties} {corners}");
}

#[test]
fn closed_forms() {
    // Two classes whose probabilities are told apart at once, and turned round.
    let songs =
        |p: [f64; 4]| -> Vec<_> { p.iter().zip([0, 0, 1, 1]).map(|(&p, truth)| (truth, vec![p, 1.0 - p])).collect() };
    let auc = |roc: &Roc| roc.classes.iter().map(|class| class.auc.value.unwrap()).collect::<Vec<_>>();
    let apart = plain(2, &songs([0.9, 0.8, 0.3, 0.1]));
    assert_eq!((auc(&apart), apart.macro_average.auc.value), (vec![1.0, 1.0], Some(1.0)));
    assert_eq!(line(apart.classes[0].points.as_ref().unwrap()), [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    let cut = apart.classes[0].cut.unwrap();
    assert_eq!(
        (cut.threshold, cut.sensitivity.estimate.value, cut.specificity.estimate.value),
        (0.8, Some(1.0), Some(1.0))
    );
    let turned = plain(2, &songs([0.1, 0.3, 0.8, 0.9]));
    assert_eq!(auc(&turned), [0.0, 0.0]);
    // No threshold is better than chance: the lowest takes every song.
    assert_eq!((turned.classes[0].youden, turned.classes[0].cut.unwrap().specificity.count), (Some(0.1), 0));
    // All alike: a straight line.
    let alike = plain(2, &songs([0.5; 4]));
    assert_eq!((auc(&alike), alike.micro_average.auc.value), (vec![0.5, 0.5], Some(0.5)));
    assert_eq!(line(alike.classes[0].points.as_ref().unwrap()), [[0.0, 0.0], [1.0, 1.0]]);

    // Scores of n positives and n negatives that alternate, a positive first: n (n + 1) / 2 of n² pairs.
    for n in [1usize, 2, 7, 50] {
        let items = (0..2 * n).map(|i| (-(i as f64), i % 2 == 1));
        near(Ranking::new(items).auc(None), (n + 1) as f64 / (2 * n) as f64);
    }
}

#[test]
fn the_threshold_is_the_highest_of_equals() {
    // J is 1/2 at .8 (one of two positives, no negative) and again at .4 (both, and one of two negatives).
    let songs = [(0, 0.8), (1, 0.6), (0, 0.4), (1, 0.2)].map(|(truth, p)| (truth, vec![p, 1.0 - p])).to_vec();
    assert_eq!(plain(2, &songs).classes[0].youden, Some(0.8));
    // A third of the way is not rounded: J = 2/3 - 1/3 at .5 and 1/3 - 0 at .9 are equal.
    let thirds = [(0, 0.9), (1, 0.7), (0, 0.5), (0, 0.1), (1, 0.05), (1, 0.04)];
    let thirds = thirds.map(|(truth, p)| (truth, vec![p, 1.0 - p])).to_vec();
    let class = &plain(2, &thirds).classes[0];
    assert_eq!((class.youden, class.cut.unwrap().sensitivity.count), (Some(0.1), 3), "J = 1 - 1/3 is the best");
    let equal = [(0, 0.9), (1, 0.7), (0, 0.5), (1, 0.3), (1, 0.2), (0, 0.1)];
    let equal = equal.map(|(truth, p)| (truth, vec![p, 1.0 - p])).to_vec();
    assert_eq!(plain(2, &equal).classes[0].youden, Some(0.9));
}

#[test]
fn thresholds_of_other_songs_are_applied_as_they_are() {
    let songs: Vec<_> =
        [(0, 0.9), (0, 0.6), (0, 0.3), (1, 0.7), (1, 0.2)].map(|(truth, p)| (truth, vec![p, 1.0 - p])).to_vec();
    let roc = measured(2, &songs, |i| i, Some(&[Some(0.6), None]), &PLAIN);
    assert!(!roc.cut_here);
    let cut = roc.classes[0].cut.unwrap();
    // .6 itself is taken.
    assert_eq!((cut.sensitivity.count, cut.sensitivity.of), (2, 3));
    assert_eq!((cut.specificity.count, cut.specificity.of), (1, 2));
    assert_eq!((roc.classes[0].youden, roc.classes[1].cut), (Some(0.3), None));
    near(roc.sensitivity.value.unwrap(), 2.0 / 3.0);
    assert_eq!(cut.sensitivity.wilson, wilson(2, 3));
}

#[test]
fn a_label_without_songs_or_without_others_has_no_curve() {
    let songs = vec![(0, vec![0.5, 0.3, 0.2]), (1, vec![0.4, 0.5, 0.1]), (0, vec![]), (1, vec![f64::NAN, 0.5, 0.5])];
    let roc = plain(3, &songs);
    assert_eq!((roc.songs, roc.without), (2, 2));
    let none = &roc.classes[2];
    let null =
        ClassRoc { label: "label2".into(), missing: Some("there are no songs of label2".into()), ..none.clone() };
    assert_eq!(*none, null);
    assert_eq!((&none.points, none.auc.value, none.youden, none.cut), (&None, None, None, None));
    // The mean of those that there are.
    assert_eq!((roc.macro_average.auc.value, roc.classes[0].auc.value), (Some(1.0), Some(1.0)));
    let json = serde_json::to_value(&roc).unwrap();
    assert_eq!(json["classes"][2]["auc"]["value"], serde_json::Value::Null);
    assert_eq!(json["macro"]["auc"]["value"], 1.0);
    assert_eq!(serde_json::from_value::<Roc>(json).unwrap(), roc);

    let single = plain(2, &[(1, vec![0.5, 0.5]), (1, vec![0.1, 0.9])]);
    let missing: Vec<_> = single.classes.iter().map(|class| class.missing.clone().unwrap()).collect();
    assert_eq!(missing, ["there are no songs of label0", "all songs are of label1"]);
    assert_eq!((&single.macro_average.points, single.macro_average.auc.value), (&None, None));
    // Asked about both labels each, the songs are still pairs of right and wrong.
    assert_eq!(single.micro_average.auc.value, Some((2.0 + 1.5) / 4.0));
    let nothing = plain(2, &[(1, vec![])]);
    assert_eq!(nothing.classes[1].missing.as_deref(), Some("there are no songs with probabilities"));
    assert_eq!((nothing.songs, nothing.micro_average.auc.value), (0, None));
}

#[test]
fn intervals_draw_songs_and_artists() {
    let songs: Vec<_> = (0..120usize)
        .map(|i| {
            // Artists of ten songs that resemble each other.
            let p = 0.35 + 0.3 * ((i / 10 * 7 % 12) as f64 / 12.0) + if i.is_multiple_of(2) { 0.12 } else { 0.0 };
            (i % 2, vec![p, 1.0 - p])
        })
        .collect();
    let options = Options { replicates: 2000, ..PLAIN };
    let roc = measured(2, &songs, |i| i / 10, None, &options);
    let auc = roc.classes[0].auc;
    let (value, song, artist) = (auc.value.unwrap(), auc.by_song.unwrap(), auc.by_artist.unwrap());
    assert!(song.low < value && value < song.high && artist.low < value && value < artist.high, "{auc:?}");
    // Hanley & McNeil 1982: the standard error of an area whose songs are independent.
    let (q1, q2) = (value / (2.0 - value), 2.0 * value * value / (1.0 + value));
    let error = ((value * (1.0 - value) + 59.0 * (q1 - value * value) + 59.0 * (q2 - value * value)) / 3600.0).sqrt();
    let wide = (song.high - song.low) / (2.0 * 1.96 * error);
    assert!((0.8..1.2).contains(&wide), "{wide} times the standard error of Hanley and McNeil");
    // Each artist has as many songs of either label, so its ranking of them varies less from artist to artist.
    assert_ne!(song, artist);
    let same = measured(2, &songs, |i| i / 10, None, &options);
    assert_eq!(same, roc, "the seed decides");
    for rate in [roc.classes[0].cut.unwrap().sensitivity, roc.classes[0].cut.unwrap().specificity] {
        let (value, by_song) = (rate.estimate.value.unwrap(), rate.estimate.by_song.unwrap());
        assert!(by_song.low <= value && value <= by_song.high && by_song.low < by_song.high, "{rate:?}");
    }

    // Told apart without a mistake: an interval with a width, of as many trials as the smaller side has songs and artists.
    let apart: Vec<_> = (0..12).map(|i| (usize::from(i >= 8), vec![if i >= 8 { 0.1 } else { 0.9 }; 2])).collect();
    let perfect = measured(2, &apart, |i| i / 2, None, &options).classes[0].auc;
    assert_eq!((perfect.value, perfect.by_song, perfect.by_artist), (Some(1.0), wilson(4, 4), wilson(2, 2)));
    let cut = measured(2, &apart, |i| i / 2, None, &options).classes[0].cut.unwrap();
    assert_eq!((cut.sensitivity.estimate.by_artist, cut.specificity.estimate.by_artist), (wilson(4, 4), wilson(2, 2)));
}

#[test]
fn what_does_not_fit_is_refused() {
    let sample = Sample::new([Observation { song: "a", artist: None, seed: 0 }]);
    let say = |songs: &[(usize, &[f64])], cuts: Option<&[Option<f64>]>| {
        Roc::new(&names(2), &sample, songs, cuts, &PLAIN).unwrap_err().to_string()
    };
    assert!(say(&[], None).contains("0 answers"));
    assert!(say(&[(2, &[0.5, 0.5])], None).contains("label 2 and 2 probabilities, but there are 2 labels"));
    assert!(say(&[(0, &[0.5])], None).contains("label 0 and 1 probabilities"));
    assert!(say(&[(0, &[0.5, 0.5])], Some(&[None])).contains("1 thresholds, but 2 labels"));
    let wrong = Forced { song: "x".into(), artist: None, truth: 0, answer: Some(2), probabilities: vec![0.5, 0.5] };
    assert!(
        Scores::new(&names(2), &[wrong], None, &PLAIN).unwrap_err().to_string().contains("x: its answer is no label")
    );
    assert!(Scores::new(&names(2), &[], None, &PLAIN).is_err());
}

#[test]
fn an_evaluation_has_the_curves_of_its_songs() {
    let labels = names(2);
    let song = |path: &str, p: f32, truth: Option<usize>| {
        let rows = vec![p, 1.0 - p, p, 1.0 - p];
        let record = Record::from_slices(path, &labels, rows, &Thresholds::default(), 5.0, "m").unwrap();
        Song { record, truth, artist: Some(path.to_owned()) }
    };
    let songs = [
        song("a", 0.9, Some(0)),
        song("b", 0.3, Some(0)),
        song("c", 0.4, Some(1)),
        song("d", 0.2, Some(1)),
        song("outside", 0.99, None),
    ];
    let e = Evaluation::new(&songs, &labels, &Thresholds::default(), &Options::default()).unwrap();
    assert_eq!((e.roc.songs, e.roc.classes[0].auc.value, e.roc.classes[1].auc.value), (4, Some(0.75), Some(0.75)));
    assert_eq!((e.roc.macro_average.auc.value, e.roc.micro_average.auc.value), (Some(0.75), Some(13.0 / 16.0)));
}

#[test]
fn forced_answers_by_hand() {
    let answers: Vec<Forced> = [(0, Some(0)), (0, Some(0)), (0, Some(1)), (0, None), (1, Some(1)), (1, Some(0))]
        .into_iter()
        .enumerate()
        .map(|(i, (truth, answer))| Forced {
            song: format!("song {i}"),
            artist: Some(format!("artist {}", i % 3)),
            truth,
            answer,
            probabilities: answer.map_or(vec![], |a: usize| vec![if a == 0 { 0.8 } else { 0.2 }, 0.1, 0.1]),
        })
        .collect();
    let scores = Scores::new(&names(3), &answers, None, &Options::default()).unwrap();
    assert_eq!((scores.songs, scores.artists, scores.accuracy.count, scores.accuracy.of), (6, 3, 3, 6));
    near(scores.macro_recall.value.unwrap(), (2.0 / 4.0 + 1.0 / 2.0) / 2.0);
    assert_eq!(scores.confusion.counts[0], [2, 1, 0]);
    assert_eq!((scores.confusion.unclassified[0], scores.roc.without), (1, 1));
    let recall = scores.macro_recall;
    assert!(recall.by_song.unwrap().low < 0.5 && recall.by_artist.unwrap().high > 0.5, "{recall:?}");
    assert_eq!(scores.classes[2].recall, None);
}

fn items() -> impl Strategy<Value = Vec<(f64, bool)>> {
    // Few distinct scores, so that ties are common.
    prop::collection::vec(((0u32..6).prop_map(|s| f64::from(s) / 5.0), any::<bool>()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn an_area_is_the_share_of_pairs(items in items(), weights in prop::collection::vec(0u32..4, 40)) {
        let (mut won, mut pairs) = (0.0, 0.0);
        for (i, (right, _)) in items.iter().enumerate().filter(|(_, item)| !item.1) {
            for (j, (wrong, _)) in items.iter().enumerate().filter(|(_, item)| item.1) {
                let weight = f64::from(weights[i] * weights[j]);
                pairs += weight;
                won += weight * if right > wrong { 1.0 } else if right == wrong { 0.5 } else { 0.0 };
            }
        }
        let area = Ranking::new(items.clone()).auc(Some(&weights));
        prop_assert!((area - won / pairs).abs() < 1e-12 || area.is_nan() && pairs == 0.0, "{} {}", area, won / pairs);
        let repeated = items.iter().zip(&weights).flat_map(|(&item, &weight)| (0..weight).map(move |_| item));
        let repeated = Ranking::new(repeated).auc(None);
        prop_assert!(area == repeated || area.is_nan() && repeated.is_nan());
    }

    #[test]
    fn curves_rise_and_enclose_their_areas(
        rows in prop::collection::vec((0usize..3, prop::collection::vec(0u32..8, 3)), 1..60),
    ) {
        let songs: Vec<_> =
            rows.iter().map(|(truth, row)| (*truth, row.iter().map(|&p| f64::from(p) / 7.0).collect())).collect();
        let roc = plain(3, &songs);
        let mut areas = Vec::new();
        for (k, class) in roc.classes.iter().enumerate() {
            let Some(points) = &class.points else {
                prop_assert!(class.positives == 0 || class.negatives == 0);
                continue;
            };
            prop_assert!(points.windows(2).all(|p| p[0].fpr <= p[1].fpr && p[0].tpr <= p[1].tpr && p[0] != p[1]));
            prop_assert!(points[1..].windows(2).all(|p| p[0].threshold > p[1].threshold));
            let auc = class.auc.value.unwrap();
            prop_assert!((area(&line(points)) - auc).abs() < 1e-12);
            areas.push(auc);
            // No threshold has a greater J, and none that has the same is higher.
            let j = |threshold: f64| {
                let taken = |own: bool| songs.iter().filter(move |(truth, _)| (*truth == k) == own);
                let share = |own: bool, of: u64| taken(own).filter(|(_, row)| row[k] >= threshold).count() as f64 / of as f64;
                share(true, class.positives) - share(false, class.negatives)
            };
            let best = class.youden.unwrap();
            for other in (0..8).map(|p| f64::from(p) / 7.0).filter(|p| songs.iter().any(|(_, row)| row[k] == *p)) {
                prop_assert!(j(other) <= j(best) + 1e-12 && (j(other) < j(best) - 1e-12 || other <= best));
            }
            let cut = class.cut.unwrap();
            let (on, off) = (cut.sensitivity.estimate.value.unwrap(), cut.specificity.estimate.value.unwrap());
            prop_assert!((on + off - 1.0 - j(best)).abs() < 1e-12);
        }
        if !areas.is_empty() {
            let mean = areas.iter().sum::<f64>() / areas.len() as f64;
            prop_assert!((roc.macro_average.auc.value.unwrap() - mean).abs() < 1e-12);
            prop_assert!((area(roc.macro_average.points.as_ref().unwrap()) - mean).abs() < 1e-12);
        }
        let pooled = roc.micro_average.points.as_ref().unwrap();
        prop_assert!((area(pooled) - roc.micro_average.auc.value.unwrap()).abs() < 1e-12);
    }
}
