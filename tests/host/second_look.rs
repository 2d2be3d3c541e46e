//! The second look: rows rendered as asked, scores by hand, factors that are found again.

use tunevote::gan::{Looked, Terms, fit};
use tunevote::graph::Id;
use tunevote::metrics::Song;
use tunevote::models::gan::{Binary, Grey, Neurons, Reading, Renderer, Table, entrance};
use tunevote::nn::{Mode, Net};
use tunevote::refine::{Evidence, refine, score};
use tunevote::vote::{Record, Thresholds};
use tunevote::weights::Judgement;

use crate::reference::difference::noise;
use crate::reference::graph::{Values, value};

const GENRES: usize = 3;

/// Renders rows both ways at a small phase: every slice in all genres, and each in the one that `select` says.
fn rendered(reading: Reading, select: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let table = Table::paper(GENRES, 1);
    let mut net = Net::new(Mode::Inference).unwrap();
    let x = net.graph.input("x", [2 * GENRES, 1, 1, 4, 4]).unwrap();
    let slope = net.graph.constant(1.0, [1]).unwrap();
    let renderer = Renderer { table: &table, reading, phase: 2, neurons: Neurons::Off, slope };
    let all = renderer.all(&mut net, x).unwrap().volumes;
    let rows = net.graph.reshape(x, [2, GENRES, 1, 4, 4]).unwrap();
    let select = net.graph.data(select, [GENRES, GENRES]).unwrap();
    let some = net.again(|net| renderer.selected(net, rows, &[select])).unwrap().volumes[0];
    let mut values = Values::new();
    for (name, id) in net.graph.variables().into_iter().map(|(name, id)| (name.to_owned(), id)).collect::<Vec<_>>() {
        let drawn = noise(net.graph.shape(id).count(), id.index() as u64);
        values.insert(
            name.clone(),
            drawn.iter().map(|v| if name.ends_with("stats") { 1.0 + 0.5 * v } else { *v }).collect(),
        );
    }
    values.insert("x".into(), noise(2 * GENRES * 16, 1).iter().map(|v| 0.5 + 0.5 * v).collect());
    (value(&net.graph, &values, all), value(&net.graph, &values, some))
}

/// Channel `j` of a row is the slice `i` with `select[i][j]`, in genre `j`.
#[test]
fn a_row_is_rendered_as_it_is_asked() {
    // Own genres, and 0 -> 1 -> 2 -> 0.
    let own = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let turned = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    for reading in [Reading::Analysis, Reading::Transfer] {
        for (select, from) in [(own, [0, 1, 2]), (turned, [2, 0, 1])] {
            let (all, some) = rendered(reading, &select);
            for row in 0..2 {
                for genre in 0..GENRES {
                    let got = &some[(row * GENRES + genre) * 16..][..16];
                    let want = &all[((row * GENRES + from[genre]) * GENRES + genre) * 16..][..16];
                    for (got, want) in got.iter().zip(want) {
                        assert!((got - want).abs() < 1e-9, "{reading:?}, row {row}, genre {genre}: {got}, not {want}");
                    }
                }
            }
            assert!(some.iter().any(|v| (v - some[0]).abs() > 1e-3));
        }
    }
}

/// Reading B is a slice itself where generator and refiners add nothing.
#[test]
fn a_translation_begins_as_the_slice() {
    let table = Table::paper(GENRES, 1);
    let mut net = Net::new(Mode::Inference).unwrap();
    let x = net.graph.input("x", [1, 1, 1, 4, 4]).unwrap();
    let slope = net.graph.constant(1.0, [1]).unwrap();
    let renderer = Renderer { table: &table, reading: Reading::Transfer, phase: 2, neurons: Neurons::Off, slope };
    let y = renderer.all(&mut net, x).unwrap().volumes;
    let all = net.graph.variables().into_iter().map(|(name, id)| (name.to_owned(), net.graph.shape(id).count()));
    let mut values: Values = all.map(|(name, count)| (name, vec![0.0; count])).collect();
    values.insert("x".into(), (0..16).map(|k| f64::from(k) / 15.0).collect());
    let y = value(&net.graph, &values, y);
    for genre in y.chunks(16) {
        for (got, k) in genre.iter().zip(0..) {
            let want = (f64::from(k) / 15.0).clamp(0.02, 0.98);
            assert!((got - want).abs() < 1e-7, "{got}, not {want}");
        }
    }
}

fn entered(binary: Binary, slices: usize, phase: usize, picture: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let mut net = Net::new(Mode::Inference).unwrap();
    let table = Table::paper(GENRES, slices);
    let x = net.graph.input("x", [1, 1, 8, 8 * slices]).unwrap();
    let y: Id = entrance(&mut net, &table, Grey { low: -3.0, high: 1.0 }, binary, x, phase).unwrap();
    let values = Values::from([("x".to_owned(), picture.to_vec())]);
    (net.graph.shape(y).dims().to_vec(), value(&net.graph, &values, y))
}

#[test]
fn pictures_become_boxes_of_grey() {
    // A quarter each: -5 (below black), -1 (half), 1 (white), 9 (above it).
    let picture: Vec<_> = (0..64).map(|i| [[-5.0, -1.0], [1.0, 9.0]][i / 32][i % 8 / 4]).collect();
    assert_eq!(entered(Binary::Off, 1, 1, &picture), (vec![1, 1, 1, 2, 2], vec![0.0, 0.5, 1.0, 1.0]));
    assert_eq!(entered(Binary::Off, 1, 0, &picture).1, [0.625]);
    // Black and white by halves: a half is not above a half.
    assert_eq!(entered(Binary::Deterministic, 1, 1, &picture).1, [0.0, 0.0, 1.0, 1.0]);
    // Four slices side by side come apart.
    let wide: Vec<_> = (0..8 * 32).map(|i| [-3.0, -2.0, -1.0, 0.0][i % 32 / 8]).collect();
    let (shape, values) = entered(Binary::Off, 4, 1, &wide);
    assert_eq!(shape, [1, 1, 4, 2, 2]);
    assert_eq!(values, [0.0, 0.25, 0.5, 0.75].map(|v| vec![v; 4]).concat());
}

fn judgement(sigma: Option<Vec<f64>>, rendering: f64, own: f64) -> Judgement {
    Judgement { sigma, rendering, own, thresholds: Thresholds { min_kept: 1, ..Thresholds::default() } }
}

#[test]
fn scores_by_hand() {
    let evidence = Evidence { distances: vec![0.1, 0.3], renderings: vec![-1.0, -0.5] };
    // -.1/.2 - 2 + 3 ln .2 and -.3/.1 - 1 + 3 ln .8
    let (a, b) = (-0.5 - 2.0 + 3.0 * 0.2_f64.ln(), -3.0 - 1.0 + 3.0 * 0.8_f64.ln());
    let want = a.exp() / (a.exp() + b.exp());
    let got = score(&judgement(Some(vec![0.2, 0.1]), 2.0, 3.0), &evidence, &[0.2, 0.8]);
    assert!((f64::from(got[0]) - want).abs() < 1e-6 && (got[0] + got[1] - 1.0).abs() < 1e-6, "{got:?}, not {want}");
    // Without any factor nothing is said.
    assert_eq!(score(&judgement(None, 0.0, 0.0), &evidence, &[0.2, 0.8]), [0.5, 0.5]);
    // A probability of zero is no end of the world.
    let certain = score(&judgement(None, 0.0, 1.0), &evidence, &[0.0, 1.0]);
    assert!(certain.iter().all(|p| p.is_finite()) && certain[1] > 0.999, "{certain:?}");
}

#[test]
fn a_second_vote() {
    let labels = ["a".to_owned(), "b".to_owned()];
    let near = |a: f32| Evidence { distances: vec![a, 1.0 - a], renderings: vec![0.0, 0.0] };
    let evidence = [near(0.1), near(0.2), near(0.1), near(0.9)];
    let refined = refine("look@1", &judgement(Some(vec![0.1, 0.1]), 0.0, 0.0), &labels, &evidence, &[0.5; 8]).unwrap();
    assert_eq!((refined.genre.as_deref(), refined.share, refined.accepted), (Some("a"), 0.75, true));
    let json = serde_json::to_value(&refined).unwrap();
    let mut keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["accepted", "genre", "model", "scores", "share"]);
    assert_eq!(json["model"], "look@1");
    assert!((json["scores"]["a"].as_f64().unwrap() - 0.75).abs() < 0.01);
    let none = refine("look@1", &judgement(None, 1.0, 0.0), &labels, &[], &[]).unwrap();
    assert_eq!((none.genre, none.accepted), (None, false));
}

/// Enough that factors are found to a few hundredths.
const SONGS: usize = 3000;

/// Songs whose slices' truth is drawn from the scores of known factors.
fn looked(distance: f64, own: f64) -> Vec<Looked> {
    let labels = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let drawn = noise(SONGS * 12, 5);
    let song = |k: usize| {
        let of = &drawn[k * 12..][..12];
        let distances: Vec<_> = of[..3].iter().map(|v| (0.5 + 0.4 * v) as f32).collect();
        let powers: Vec<_> = of[3..6].iter().map(|v| (2.0 * v).exp()).collect();
        let rows: Vec<_> = powers.iter().map(|p| (p / powers.iter().sum::<f64>()) as f32).collect();
        let renderings: Vec<_> = of[6..9].iter().map(|&v| v as f32 - 1.0).collect();
        let scores: Vec<_> =
            (0..3).map(|i| (-distance * f64::from(distances[i]) + own * f64::from(rows[i]).ln()).exp()).collect();
        let mut left = (0.5 + 0.5 * of[9]) * scores.iter().sum::<f64>();
        let truth = scores.iter().position(|score| {
            left -= score;
            left < 0.0
        });
        let record = Record::from_slices("s", &labels, rows, &Thresholds::default(), 2.56, "m").unwrap();
        let song = Song { record, truth: truth.or(Some(2)), artist: None };
        Looked { song, evidence: vec![Evidence { distances, renderings }] }
    };
    (0..SONGS).map(song).collect()
}

#[test]
fn factors_are_found_again() {
    let labels = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let songs = looked(6.0, 1.0);
    let found = fit(&songs, &labels, Thresholds::default(), Terms::ALL).unwrap();
    let sigma = found.sigma.unwrap();
    // The genres' usual distances are alike here, so 1 / sigma is the factor of distance.
    assert!(sigma.iter().all(|sigma| (5.7..6.3).contains(&(1.0 / sigma))), "{sigma:?}");
    assert!((0.94..1.06).contains(&found.own) && found.rendering < 0.05, "{} {}", found.own, found.rendering);
    // Where everything is twice as far from a genre's renderings, that is no news.
    let mut far = songs.clone();
    far.iter_mut().flat_map(|one| &mut one.evidence).for_each(|one| one.distances[1] *= 2.0);
    let of = |songs: &[Looked]| fit(songs, &labels, Thresholds::default(), Terms::RENDERINGS).unwrap().sigma.unwrap();
    let (before, after) = (of(&songs), of(&far));
    for (genre, times) in [1.0, 2.0, 1.0].into_iter().enumerate() {
        assert!((after[genre] / before[genre] - times).abs() < 1e-3, "{before:?}, then {after:?}");
    }
    // Evidence that is left out has no factor.
    let terms = Terms { distance: false, rendering: true, own: true };
    let found = fit(&songs, &labels, Thresholds::default(), terms).unwrap();
    assert!(found.sigma.is_none() && found.own > 0.3);
    assert!(fit(&[], &labels, Thresholds::default(), Terms::ALL).is_err());
}
