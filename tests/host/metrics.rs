//! Measures against hand-computed cases, limits and properties.

use proptest::prelude::*;
use tunevote::metrics::{
    Calibration, Confusion, Evaluation, Options, Ranking, Song, artist_key, bootstrap, brier, wilson,
};
use tunevote::vote::{Record, Thresholds};

#[track_caller]
fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-9, "got {got}, want {want}");
}

#[test]
fn wilson_against_scipy_and_its_limits() {
    // scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
    let scipy = [
        (8, 10, 0.4901624715366418, 0.9433178485456248),
        (0, 10, 0.0, 0.27753279986288926),
        (15, 100, 0.09305985283656634, 0.23283559590832367),
    ];
    for (k, n, low, high) in scipy {
        let interval = wilson(k, n).unwrap();
        near(interval.low, low);
        near(interval.high, high);
    }
    let all = wilson(7, 7).unwrap();
    near(all.low, 7.0 / (7.0 + 1.959963984540054f64.powi(2)));
    assert_eq!(all.high, 1.0);
    assert_eq!((wilson(0, 0), wilson(3, 2)), (None, None));
}

#[test]
fn bootstrap_of_a_mean_is_the_normal_interval() {
    // 400 coins, 100 of them heads: .25 +- 1.96 sqrt(.25 .75 / 400) = .25 +- .0424.
    let heads = |weights: &[u32]| {
        let sum: u32 = weights.iter().sum();
        [weights.iter().step_by(4).sum::<u32>() as f64 / f64::from(sum), f64::NAN]
    };
    let single: Vec<Vec<usize>> = (0..400).map(|i| vec![i]).collect();
    let [interval, never] = bootstrap(&single, 4000, 7, heads);
    let interval = interval.unwrap();
    assert!((interval.low - 0.2076).abs() < 0.006 && (interval.high - 0.2924).abs() < 0.006, "{interval:?}");
    assert_eq!(never, None, "a statistic that never exists has no interval");
    assert_eq!(bootstrap(&single, 4000, 7, heads)[0], Some(interval), "the seed decides");
    assert_ne!(bootstrap(&single, 4000, 8, heads)[0], Some(interval));

    // The same coins in 100 bundles of 4 equal ones: twice as wide.
    let bundles: Vec<Vec<usize>> =
        (0..100).map(|b| if b < 25 { (0..4).map(|i| (b * 4 + i) * 4).collect() } else { tails(b - 25) }).collect();
    let wide = bootstrap(&bundles, 4000, 7, heads)[0].unwrap();
    assert!((wide.low - (0.25 - 0.0849)).abs() < 0.012 && (wide.high - (0.25 + 0.0849)).abs() < 0.012, "{wide:?}");

    assert_eq!(bootstrap(&single[..1], 10, 0, heads), [None, None]);
    assert_eq!(bootstrap(&single, 0, 0, heads), [None, None]);
}

/// Four items whose index is not divisible by 4.
fn tails(bundle: usize) -> Vec<usize> {
    (0..4).map(|i| bundle * 4 + i).map(|t| t / 3 * 4 + t % 3 + 1).collect()
}

#[test]
fn quantiles_are_interpolated() {
    // Two items 0 and 1: the mean is 0, 1/2 or 1 with probability 1/4, 1/2, 1/4, so both ends are reached.
    let clusters = vec![vec![0], vec![1]];
    let mean = |w: &[u32]| [f64::from(w[1]) / 2.0];
    let interval = bootstrap(&clusters, 1000, 1, mean)[0].unwrap();
    assert_eq!((interval.low, interval.high), (0.0, 1.0));
    // Two replicates a <= b: a + .025 (b - a) and a + .975 (b - a).
    let mut value = [0.0, 40.0].into_iter();
    let interval = bootstrap(&clusters, 2, 1, |_| [value.next().unwrap()])[0].unwrap();
    near(interval.low, 1.0);
    near(interval.high, 39.0);
}

#[test]
fn risk_coverage_by_hand() {
    let ranking = Ranking::new([(0.7, false), (0.9, false), (0.6, true), (0.8, true)]);
    let curve = ranking.curve().unwrap();
    let points: Vec<_> = curve.points.iter().map(|p| (p.score, p.coverage, p.risk)).collect();
    assert_eq!(points, [(0.9, 0.25, 0.0), (0.8, 0.5, 0.5), (0.7, 0.75, 1.0 / 3.0), (0.6, 1.0, 0.5)]);
    near(curve.aurc, (0.0 + 0.5 + 1.0 / 3.0 + 0.5) / 4.0);
    // The best ranking: right, right, wrong, wrong.
    near(curve.eaurc, curve.aurc - (1.0 / 3.0 + 0.5) / 4.0);

    // All scores equal, 1 of 2 wrong: the risk is 1/2 at both coverages, whatever the order.
    let (aurc, eaurc) = Ranking::new([(1.0, true), (1.0, false)]).areas(None);
    near(aurc, 0.5);
    near(eaurc, 0.25);
    assert_eq!(Ranking::new([(0.0, true), (-0.0, false)]).curve().unwrap().points.len(), 1, "0 and -0 are equal");
    assert_eq!(Ranking::new([(f64::NAN, true), (0.1, false)]).areas(None), (0.25, 0.0), "NaN ranks last");
    assert!(Ranking::new([]).curve().is_none());
    assert!(Ranking::new([]).areas(None).0.is_nan());
}

#[test]
fn calibration_by_hand() {
    // Four bins: (0.75, 1]: .8 right, .9 wrong; (0.25, 0.5]: .5 right, .3 wrong, .4 wrong.
    let c = Calibration::new(4, [(0.8, true), (0.9, false), (0.5, true), (0.3, false), (0.4, false)]);
    assert_eq!(c.bins.iter().map(|b| b.count).collect::<Vec<_>>(), [0, 3, 0, 2]);
    near(c.bins[1].confidence.unwrap(), 0.4);
    near(c.bins[1].accuracy.unwrap(), 1.0 / 3.0);
    assert_eq!((c.bins[0].accuracy, c.bins[1].low, c.bins[1].high), (None, 0.25, 0.5));
    near(c.ece.unwrap(), 2.0 / 5.0 * (0.85 - 0.5) + 3.0 / 5.0 * (0.4 - 1.0 / 3.0));
    // E |X - n p|: two answers of .85, and three of .4.
    let pair = 0.15f64.powi(2) * 1.7 + 2.0 * 0.85 * 0.15 * 0.7 + 0.85f64.powi(2) * 0.3;
    let three = 0.6f64.powi(3) * 1.2 + 3.0 * 0.4 * 0.36 * 0.2 + 3.0 * 0.16 * 0.6 * 0.8 + 0.4f64.powi(3) * 1.8;
    near(c.by_chance.unwrap(), (pair + three) / 5.0);
    let sure = Calibration::new(15, [(1.0, true), (1.5, true), (0.0, false), (-1.0, false)]);
    assert_eq!(sure.by_chance, Some(0.0));
    let many = Calibration::new(1, (0..100_000).map(|_| (0.5, true))).by_chance.unwrap();
    assert!((many / (2.0 * std::f64::consts::PI * 1e5).sqrt().recip() - 1.0).abs() < 1e-3, "{many}");
    let edges = Calibration::new(2, [(0.0, false), (1.0, true), (0.5, true), (f64::NAN, true)]);
    assert_eq!((edges.bins[0].count, edges.bins[1].count, edges.count), (2, 1, 3));
    let none = Calibration::new(15, []);
    assert_eq!((none.ece, none.by_chance), (None, None));
    near(brier(&[0.7, 0.2, 0.1], 0), 0.09 + 0.04 + 0.01);
    near(brier(&[0.0, 1.0], 0), 2.0);
}

#[test]
fn confusion_by_hand() {
    let labels = ["a", "b", "c"].map(String::from);
    let mut m = Confusion::new(3);
    for (truth, answer) in
        [(0, Some(0)), (0, Some(0)), (0, Some(1)), (0, None), (1, Some(1)), (1, Some(0)), (7, Some(0)), (0, Some(7))]
    {
        m.add(truth, answer);
    }
    assert_eq!((m.counts[0].clone(), m.counts[1].clone()), (vec![2, 1, 0], vec![1, 1, 0]));
    let classes = m.classes(&labels);
    near(classes[0].precision.unwrap(), 2.0 / 3.0);
    near(classes[0].recall.unwrap(), 2.0 / 4.0);
    near(classes[0].f1.unwrap(), 2.0 * (2.0 / 3.0) * 0.5 / (2.0 / 3.0 + 0.5));
    near(classes[0].unclassified.unwrap(), 0.25);
    assert_eq!((classes[1].songs, classes[1].precision, classes[1].recall), (2, Some(0.5), Some(0.5)));
    assert_eq!((classes[2].precision, classes[2].recall, classes[2].f1), (None, None, None));
}

/// A song of 10 slices, `first` of which say class 0 and the rest class 1, each with .8 of 3 classes.
fn song(path: &str, first: usize, truth: Option<usize>, artist: Option<&str>) -> Song {
    let row = |class: usize| (0..3).map(move |k| if k == class { 0.8f32 } else { 0.1 });
    let p = (0..10).flat_map(|s| row(usize::from(s >= first))).collect();
    let record = Record::from_slices(path, &["a", "b", "c"], p, &Thresholds::default(), 25.6, "m").unwrap();
    Song { record, truth, artist: artist.map(str::to_owned) }
}

fn test_set() -> Vec<Song> {
    let error = Record::from_error("broken.mp3", "m", "cannot be read");
    let none = Record::from_slices("short.wav", &["a", "b", "c"], vec![], &Thresholds::default(), 1.0, "m").unwrap();
    vec![
        song("right a", 10, Some(0), Some("x")),
        song("right b", 2, Some(1), Some("x")),
        song("wrong", 9, Some(1), Some("y")),
        song("unclear, would be right", 6, Some(0), None),
        song("unclear, would be wrong", 6, Some(1), Some("z")),
        Song { record: none, truth: Some(0), artist: Some("z".to_owned()) },
        Song { record: error, truth: Some(0), artist: None },
        song("outside, rejected", 5, None, None),
        song("outside, accepted", 10, None, None),
    ]
}

fn labels() -> Vec<String> {
    ["a", "b", "c"].map(String::from).to_vec()
}

#[test]
fn a_small_test_set_by_hand() {
    let e = Evaluation::new(&test_set(), &labels(), &Thresholds::default(), &Options::default()).unwrap();
    assert_eq!((e.songs, e.unreadable, e.artists, e.artist_unknown), (6, 1, 3, 1));
    let r = e.readings;
    assert_eq!((r.t1.count, r.t1.of, r.t2.count, r.t3.count), (3, 6, 4, 3));
    assert_eq!((r.wrong.count, r.wrong.of, r.wrong.estimate.value), (1, 6, Some(1.0 / 6.0)));
    assert_eq!((r.wrong_of_classified.count, r.wrong_of_classified.of), (1, 3));
    assert_eq!((r.t1.estimate.value, r.t1.wilson), (Some(0.5), wilson(3, 6)));
    // 10, 8, 1, 6 and 4 of 10 slices; the song without slices has none.
    assert_eq!((e.slice_accuracy.count, e.slice_accuracy.of, e.slice_accuracy.wilson), (29, 50, None));
    assert_eq!((e.kept_slice_accuracy.count, e.kept_slice_accuracy.of), (29, 50));
    assert_eq!((e.majority.label.as_str(), e.majority.error), ("a", 0.5));
    assert_eq!(e.confusion.counts, [[1, 0, 0], [1, 1, 0], [0, 0, 0]]);
    assert_eq!(e.confusion.unclassified, [2, 1, 0]);
    near(e.macro_f1, (2.0 / (3.0 + 2.0) + 2.0 / (3.0 + 1.0)) / 2.0);
    // Shares: 1 right, .9 wrong, .8 right, .6 right and .6 wrong, 0 without an answer: wrong.
    let risks = [0.0, 1.0 / 2.0, 1.0 / 3.0, 1.5 / 4.0, 2.0 / 5.0, 3.0 / 6.0];
    near(e.aurc.value.unwrap(), risks.iter().sum::<f64>() / 6.0);
    near(e.eaurc.value.unwrap(), risks.iter().sum::<f64>() / 6.0 - (1.0 / 4.0 + 2.0 / 5.0 + 3.0 / 6.0) / 6.0);
    assert_eq!(e.risk_coverage.points.len(), 5);
    // Mean probability of the forced answer: .8 for 10 of 10, .1 + .7 s for a share s.
    assert_eq!((e.song_calibration.count, e.slice_calibration.count), (5, 50));
    // Bins of 1/15: .8 -> (11/15, 12/15]; .73 -> (10/15, 11/15]; .66 -> (9/15, 10/15]; .52 twice -> (7/15, 8/15].
    near_f32(e.song_calibration.ece.unwrap(), (0.2 + 0.73 + 0.34 + (1.0 - 2.0 * 0.52f64).abs()) / 5.0);
    // Brier of mean (.1 + .7 s, .1 + .7 (1 - s), .1) by song.
    let b = |s: f64, truth: usize| brier(&[0.1 + 0.7 * s, 0.1 + 0.7 * (1.0 - s), 0.1], truth);
    near_f32(e.brier.value.unwrap(), (b(1.0, 0) + b(0.2, 1) + b(0.9, 1) + b(0.6, 0) + b(0.6, 1)) / 5.0);
    assert_eq!((e.outside.count, e.outside.of), (1, 2));
    let told: Vec<_> = e.outcomes.iter().map(|o| (o.genre.as_deref(), o.forced.as_deref())).collect();
    assert_eq!(told[..4], [(Some("a"), Some("a")), (Some("b"), Some("b")), (Some("a"), Some("a")), (None, Some("a"))]);
    assert_eq!((told[5], told[6]), ((None, None), (None, None)));
    assert_eq!(e.outcomes[6].reason.as_deref(), Some("cannot be read"));

    for estimate in [r.t1.estimate, r.t2.estimate, r.t3.estimate, e.aurc, e.brier, e.slice_accuracy.estimate] {
        let (value, song, artist) = (estimate.value.unwrap(), estimate.by_song.unwrap(), estimate.by_artist.unwrap());
        assert!(song.low <= value && value <= song.high, "{estimate:?}");
        assert!(artist.low <= value && value <= artist.high && artist != song, "{estimate:?}");
    }
}

/// Near, where the numbers have gone through `f32`.
#[track_caller]
fn near_f32(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-6, "got {got}, want {want}");
}

#[test]
fn it_can_be_saved_and_read() {
    let e = Evaluation::new(&test_set(), &labels(), &Thresholds::default(), &Options::default()).unwrap();
    let json = serde_json::to_string(&e).unwrap();
    assert_eq!(serde_json::from_str::<Evaluation>(&json).unwrap(), e);
    assert!(json.contains(r#""t1":{"count":3,"of":6,"value":0.5,"#), "{json}");
}

#[test]
fn thresholds_are_replayed() {
    let strict = Thresholds { min_share: 1.0, ..Thresholds::default() };
    let e = Evaluation::new(&test_set(), &labels(), &strict, &Options { replicates: 0, ..Options::default() }).unwrap();
    assert_eq!((e.readings.t1.count, e.readings.t2.count, e.readings.t3.count), (5, 5, 3));
    assert_eq!((e.readings.t1.estimate.by_song, e.readings.t1.estimate.by_artist), (None, None));
}

#[test]
fn kept_slices_are_a_part_of_the_slices() {
    // Right and sure, right and unsure, wrong and sure, no opinion.
    let p = vec![0.8, 0.1, 0.1, 0.4, 0.3, 0.3, 0.1, 0.8, 0.1, 0.4, 0.4, 0.2];
    let record = Record::from_slices("p", &["a", "b", "c"], p, &Thresholds::default(), 9.0, "m").unwrap();
    let song = Song { record, truth: Some(0), artist: None };
    let e = Evaluation::new(&[song], &labels(), &Thresholds::default(), &Options::default()).unwrap();
    assert_eq!((e.slice_accuracy.count, e.slice_accuracy.of), (2, 4));
    assert_eq!((e.kept_slice_accuracy.count, e.kept_slice_accuracy.of), (1, 2));
    assert_eq!((e.kept_slices.count, e.kept_slices.of), (2, 4));
    assert_eq!(e.slice_calibration.count, 3);
}

#[test]
fn an_artist_is_one_however_the_name_is_spelt() {
    assert_eq!(artist_key("  The\tArtist "), Some("the artist".to_owned()));
    assert_eq!((artist_key(" \t"), artist_key("ÉLAN")), (None, Some("élan".to_owned())));
    let measure = |names: [&str; 6]| {
        let songs: Vec<_> = (0..6).zip(names).map(|(i, name)| song("p", [10, 2][i % 2], Some(0), Some(name))).collect();
        Evaluation::new(&songs, &labels(), &Thresholds::default(), &Options::default()).unwrap()
    };
    let one = measure(["the artist", "b", "the artist", "c", "the artist", "b"]);
    let many = measure(["The Artist", "b", "the  artist", "c", " THE ARTIST ", "B"]);
    assert_eq!((one.artists, many.artists), (3, 3));
    assert_eq!(many.readings, one.readings, "the intervals too");
    let blank = measure(["the artist", "b", " ", "c", "", "b"]);
    assert_eq!((blank.artists, blank.artist_unknown), (3, 2));
}

#[test]
fn a_share_of_none_or_all_has_an_interval_with_a_width() {
    // Twelve songs of four artists, all right: no resampling knows of a wrong one.
    let songs: Vec<_> = (0..12).map(|i| song("p", 10, Some(0), Some(["w", "x", "y", "z"][i % 4]))).collect();
    let e = Evaluation::new(&songs, &labels(), &Thresholds::default(), &Options::default()).unwrap();
    let wrong = e.readings.wrong.estimate;
    assert_eq!((wrong.value, wrong.by_song, wrong.by_artist), (Some(0.0), wilson(0, 12), wilson(0, 4)));
    let slices = e.slice_accuracy.estimate;
    assert_eq!((slices.value, slices.by_song, slices.by_artist), (Some(1.0), wilson(12, 12), wilson(4, 4)));
    let none = Evaluation::new(&songs, &labels(), &Thresholds::default(), &Options { replicates: 0, ..e.options });
    assert_eq!(none.unwrap().readings.wrong.estimate.by_song, None, "no bootstrap was asked for");
}

#[test]
fn the_interval_to_print_is_by_artist_where_artists_are_known() {
    let measure = |artist: fn(usize) -> Option<&'static str>| {
        let songs: Vec<_> = (0..8).map(|i| song("p", [10, 2][i / 4], Some(0), artist(i))).collect();
        Evaluation::new(&songs, &labels(), &Thresholds::default(), &Options::default()).unwrap()
    };
    let (known, unknown, single) =
        (measure(|i| Some(["x", "y", "z"][i / 3])), measure(|_| None), measure(|_| Some("x")));
    for e in [&unknown, &single] {
        assert!(!e.draws_artists());
        assert!(e.readings.t3.estimate.interval().is_some());
        assert_eq!(e.readings.t3.estimate.interval(), e.readings.t3.estimate.by_song);
    }
    let estimate = known.readings.t3.estimate;
    assert!(known.draws_artists() && estimate.by_artist != estimate.by_song);
    assert_eq!(estimate.interval(), estimate.by_artist);
}

#[test]
fn what_does_not_fit_is_refused() {
    let say = |songs: &[Song], labels: &[String]| {
        Evaluation::new(songs, labels, &Thresholds::default(), &Options::default()).unwrap_err().to_string()
    };
    let other = ["a", "c", "b"].map(String::from);
    assert!(say(&test_set(), &other).contains("right a: the labels are a, b, c, the model's are a, c, b"));
    assert!(say(&[song("p", 3, Some(3), None)], &labels()).contains("number"));
    assert!(say(&test_set()[6..], &labels()).contains("none of the 3 songs"));
    let mut stripped = song("p", 3, Some(0), None);
    stripped.record.slices.probabilities = Default::default();
    assert!(say(&[stripped], &labels()).contains("p: the record has no slice probabilities"));
}

fn items() -> impl Strategy<Value = Vec<(f64, bool)>> {
    // Few distinct scores, so that ties are common.
    proptest::collection::vec(((0u32..5).prop_map(|s| f64::from(s) / 4.0), any::<bool>()), 1..8)
}

/// AURC of one given order.
fn area_in_order(wrong: &[bool]) -> f64 {
    let risk = |n: usize| wrong[..n].iter().filter(|w| **w).count() as f64 / n as f64;
    (1..=wrong.len()).map(risk).sum::<f64>() / wrong.len() as f64
}

/// Mean AURC over all orders that do not contradict the scores; and the least over all orders whatsoever.
fn areas_by_trying(items: &[(f64, bool)]) -> (f64, f64) {
    fn go(rest: &mut Vec<(f64, bool)>, done: &mut Vec<(f64, bool)>, visit: &mut impl FnMut(&[(f64, bool)])) {
        if rest.is_empty() {
            return visit(done);
        }
        for i in 0..rest.len() {
            let item = rest.remove(i);
            done.push(item);
            go(rest, done, visit);
            done.pop();
            rest.insert(i, item);
        }
    }
    let (mut sum, mut orders, mut least) = (0.0, 0.0, f64::INFINITY);
    go(&mut items.to_vec(), &mut Vec::new(), &mut |order| {
        let area = area_in_order(&order.iter().map(|i| i.1).collect::<Vec<_>>());
        least = least.min(area);
        if order.windows(2).all(|w| w[0].0 >= w[1].0) {
            sum += area;
            orders += 1.0;
        }
    });
    (sum / orders, least)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn areas_are_the_mean_over_orders(items in items()) {
        let (aurc, eaurc) = Ranking::new(items.clone()).areas(None);
        let (mean, least) = areas_by_trying(&items);
        prop_assert!((aurc - mean).abs() < 1e-12, "{} {}", aurc, mean);
        prop_assert!((eaurc - (mean - least)).abs() < 1e-12);
    }

    #[test]
    fn weights_are_repetitions(items in items(), weights in proptest::collection::vec(0u32..4, 8)) {
        let repeated = items.iter().zip(&weights).flat_map(|(&i, &w)| (0..w).map(move |_| i));
        let (a, b) = (Ranking::new(items.clone()).areas(Some(&weights)), Ranking::new(repeated).areas(None));
        prop_assert!(a == b || a.0.is_nan() && b.0.is_nan(), "{:?} {:?}", a, b);
    }

    #[test]
    fn areas_stay_in_bounds(items in proptest::collection::vec((0.0f64..=1.0, any::<bool>()), 1..200)) {
        let (aurc, eaurc) = Ranking::new(items.clone()).areas(None);
        prop_assert!((0.0..=1.0).contains(&aurc) && (0.0..=aurc).contains(&eaurc));
        // Any ranking lies between the best and the worst.
        let mut wrong: Vec<bool> = items.iter().map(|i| i.1).collect();
        wrong.sort_unstable();
        prop_assert!((area_in_order(&wrong) - (aurc - eaurc)).abs() < 1e-9);
        wrong.reverse();
        prop_assert!(aurc <= area_in_order(&wrong) + 1e-12);
        // Ranking right above wrong leaves nothing to gain.
        let oracle = Ranking::new(items.iter().map(|&(_, w)| (f64::from(u8::from(!w)), w)));
        prop_assert!(oracle.areas(None).1 < 1e-12);
    }

    #[test]
    fn wilson_holds_the_proportion((n, k) in (1u64..500).prop_flat_map(|n| (Just(n), 0..=n))) {
        let (i, p, mirror) = (wilson(k, n).unwrap(), k as f64 / n as f64, wilson(n - k, n).unwrap());
        prop_assert!(0.0 <= i.low && i.low <= p && p <= i.high && i.high <= 1.0);
        prop_assert!((i.low - (1.0 - mirror.high)).abs() < 1e-12);
        // The ends solve |p - q| = z sqrt(q (1 - q) / n).
        for q in [i.low, i.high] {
            let z = 1.959963984540054;
            prop_assert!(((p - q).powi(2) - z * z * q * (1.0 - q) / n as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn ece_is_bounded(answers in proptest::collection::vec((0.0f64..=1.0, any::<bool>()), 1..100), bins in 1usize..20) {
        let c = Calibration::new(bins, answers.clone());
        let ece = c.ece.unwrap();
        prop_assert!((0.0..=1.0).contains(&ece));
        prop_assert_eq!(c.bins.iter().map(|b| b.count).sum::<u64>(), answers.len() as u64);
        for b in c.bins {
            prop_assert!(b.confidence.is_none_or(|c| b.low - 1e-12 <= c && c <= b.high + 1e-12));
        }
        // No binning shows less than the overall gap.
        let n = answers.len() as f64;
        let gap = answers.iter().map(|&(c, r)| c - f64::from(u8::from(r))).sum::<f64>() / n;
        prop_assert!(ece >= gap.abs() - 1e-12);
    }

    #[test]
    fn readings_are_ordered(firsts in proptest::collection::vec((0usize..=10, 0usize..3), 1..30), share in 0.0f64..=1.0) {
        let songs: Vec<Song> = firsts.iter().map(|&(f, t)| song("p", f, Some(t), None)).collect();
        let t = Thresholds { min_share: share, ..Thresholds::default() };
        let options = Options { replicates: 20, ..Options::default() };
        let e = Evaluation::new(&songs, &labels(), &t, &options).unwrap();
        let r = e.readings;
        prop_assert!(r.t1.count <= r.t2.count && r.t3.count <= r.t2.count && r.t2.count <= r.t2.of);
        prop_assert_eq!(r.t2.count - r.t1.count, r.wrong_of_classified.count);
        prop_assert_eq!(e.confusion.unclassified.iter().sum::<u64>(), r.t1.count);
        prop_assert_eq!(e.confusion.counts.iter().flatten().sum::<u64>(), r.t1.of - r.t1.count);
        prop_assert!((e.risk_coverage.points.last().unwrap().risk - r.t3.estimate.value.unwrap()).abs() < 1e-12);
    }
}
