//! Tempo, loudness and the number of onsets do not tell the genre of a procedural song: simple classifiers on their true
//! values, trained on one half of the artists, stay far from the mark on the other half.

use rayon::prelude::*;
use tunevote::synth::{self, Genre, Recipe, Song, Studio};

// A tree of threshold questions, grown greedily on the number of songs put right, `depth` questions deep.
enum Tree {
    Answer(usize),
    Ask(usize, f64, Box<Self>, Box<Self>),
}

impl Tree {
    fn grow(rows: &[(Vec<f64>, usize)], depth: usize) -> Self {
        let votes = |rows: &[&(Vec<f64>, usize)]| {
            let mut votes = [0usize; 6];
            rows.iter().for_each(|r| votes[r.1] += 1);
            votes
        };
        // the Gini index finds the first cut of a balanced set, which a count of right answers does not
        let purity = |rows: &[&(Vec<f64>, usize)]| {
            votes(rows).iter().map(|&v| (v * v) as f64).sum::<f64>() / rows.len().max(1) as f64
        };
        let all: Vec<_> = rows.iter().collect();
        let answer = votes(&all).iter().enumerate().max_by_key(|&(_, &n)| n).map_or(0, |(i, _)| i);
        let mut best = (purity(&all) + 1e-9, None);
        if depth > 0 {
            for feature in 0..rows.first().map_or(0, |r| r.0.len()) {
                for row in rows {
                    let cut = row.0[feature];
                    let (low, high): (Vec<_>, Vec<_>) = rows.iter().partition(|r| r.0[feature] <= cut);
                    let worth = purity(&low) + purity(&high);
                    if worth > best.0 && low.len().min(high.len()) >= 3 {
                        best = (worth, Some((feature, cut)));
                    }
                }
            }
        }
        let Some((feature, cut)) = best.1 else { return Self::Answer(answer) };
        let (low, high): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|r| r.0[feature] <= cut);
        Self::Ask(feature, cut, Box::new(Self::grow(&low, depth - 1)), Box::new(Self::grow(&high, depth - 1)))
    }

    fn says(&self, x: &[f64]) -> usize {
        match self {
            Self::Answer(class) => *class,
            Self::Ask(feature, cut, low, high) => if x[*feature] <= *cut { low } else { high }.says(x),
        }
    }
}

// The class whose mean is nearest, every feature scaled to deviation one.
fn nearest_centroid(train: &[(Vec<f64>, usize)], test: &[(Vec<f64>, usize)]) -> f64 {
    let width = train[0].0.len();
    let moments = |i: usize| {
        let mean = train.iter().map(|r| r.0[i]).sum::<f64>() / train.len() as f64;
        let var = train.iter().map(|r| (r.0[i] - mean).powi(2)).sum::<f64>() / train.len() as f64;
        var.sqrt().max(1e-9)
    };
    let scale: Vec<f64> = (0..width).map(moments).collect();
    let centre = |class: usize| -> Vec<f64> {
        let own: Vec<_> = train.iter().filter(|r| r.1 == class).collect();
        (0..width).map(|i| own.iter().map(|r| r.0[i]).sum::<f64>() / own.len() as f64).collect()
    };
    let centres: Vec<Vec<f64>> = (0..6).map(centre).collect();
    let far = |x: &[f64], c: &[f64]| -> f64 { (0..width).map(|i| ((x[i] - c[i]) / scale[i]).powi(2)).sum() };
    let guess = |x: &[f64]| (0..6).min_by(|&a, &b| far(x, &centres[a]).total_cmp(&far(x, &centres[b]))).unwrap();
    test.iter().filter(|r| guess(&r.0) == r.1).count() as f64 / test.len() as f64
}

// The best of the simple classifiers, trained on one half of the artists and tested on the other, both ways round.
fn baseline(rows: &[(usize, Vec<f64>, usize)], features: &[usize]) -> f64 {
    let half = |which: usize| -> Vec<(Vec<f64>, usize)> {
        let own = rows.iter().filter(|r| r.0 % 2 == which);
        own.map(|r| (features.iter().map(|&f| r.1[f]).collect(), r.2)).collect()
    };
    let (even, odd) = (half(0), half(1));
    let mut scores = vec![(nearest_centroid(&even, &odd) + nearest_centroid(&odd, &even)) / 2.0];
    for depth in [1, 3, 6] {
        let right = |train: &[(Vec<f64>, usize)], test: &[(Vec<f64>, usize)]| {
            let tree = Tree::grow(train, depth);
            test.iter().filter(|r| tree.says(&r.0) == r.1).count() as f64 / test.len() as f64
        };
        scores.push((right(&even, &odd) + right(&odd, &even)) / 2.0);
    }
    scores.into_iter().fold(0.0, f64::max)
}

#[test]
fn tempo_and_loudness_do_not_give_the_genre_away() {
    // the true tempo, the true number of onsets a second, and the loudness measured from the sound
    let recipe = Recipe { songs: 144, seconds: 8.0, artists: 12, seed: 1, rate: 8000, ..Recipe::default() };
    let studio = Studio::new(recipe.rate);
    let row = |song: &Song| {
        let samples = synth::compose(song, &studio).samples;
        let power = samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len() as f64;
        let class = Genre::SIX.iter().position(|&g| g == song.genre).unwrap();
        let onsets = synth::scores(song).0.onset_rate();
        (song.artist.number as usize, vec![f64::from(song.bpm), 10.0 * power.log10(), onsets, class as f64], class)
    };
    let rows: Vec<_> = recipe.cast().unwrap().par_iter().map(row).collect();
    // the control: with the genre itself among the features the classifiers find it
    assert_eq!(baseline(&rows, &[3]), 1.0);
    let (loudness, both, all) = (baseline(&rows, &[1]), baseline(&rows, &[0, 1]), baseline(&rows, &[0, 1, 2]));
    assert!(loudness < 0.3, "loudness alone: {loudness}");
    assert!(both < 0.4, "tempo and loudness: {both}");
    assert!(all < 0.5, "tempo, loudness and onset rate: {all}");
}

#[test]
fn tempo_does_not_give_the_genre_away_with_many_artists_either() {
    let recipe = Recipe { songs: 768, seconds: 30.0, artists: 64, seed: 2, rate: 8000, ..Recipe::default() };
    let row = |song: &Song| {
        let class = Genre::SIX.iter().position(|&g| g == song.genre).unwrap();
        let onsets = synth::scores(song).0.onset_rate();
        (song.artist.number as usize, vec![f64::from(song.bpm), onsets], class)
    };
    let rows: Vec<_> = recipe.cast().unwrap().iter().map(row).collect();
    let (tempo, onsets, both) = (baseline(&rows, &[0]), baseline(&rows, &[1]), baseline(&rows, &[0, 1]));
    assert!((0.2..0.45).contains(&tempo), "tempo alone: {tempo}");
    assert!(onsets < 0.45, "onset rate alone: {onsets}");
    assert!(both < 0.58, "tempo and onset rate: {both}");
}
