//! The rankings of a method, one a training seed.

use super::{Answer, Ranking, Sample};

pub(super) struct Ranked<'a> {
    seeds: Vec<(&'a [usize], Ranking)>,
}

impl<'a> Ranked<'a> {
    /// Ranks a method's answers, which are in the order of the sample. Scores of different networks are not compared with each other.
    pub(super) fn new<'b>(sample: &'a Sample, answers: impl Iterator<Item = &'b Answer>) -> Self {
        let items: Vec<(f64, bool)> = answers.map(Answer::ranked).collect();
        let rank = |seed: &'a Vec<usize>| (seed.as_slice(), Ranking::new(seed.iter().map(|&i| items[i])));
        Self { seeds: sample.seeds.iter().map(rank).collect() }
    }

    /// The mean over the seeds of numbers of each ranking and the weights of its items, where `weights` has all observations; not a
    /// number if a seed has none.
    pub(super) fn mean<const S: usize>(&self, weights: &[u32], of: impl Fn(&Ranking, &[u32]) -> [f64; S]) -> [f64; S] {
        self.mean_by_seed(|observations, ranking| {
            let own: Vec<u32> = observations.iter().map(|&i| weights[i]).collect();
            of(ranking, &own)
        })
    }

    /// The mean over the seeds of numbers of each one's observations and ranking.
    pub(super) fn mean_by_seed<const S: usize>(&self, of: impl Fn(&[usize], &Ranking) -> [f64; S]) -> [f64; S] {
        let mut sums = [0.0; S];
        for (observations, ranking) in &self.seeds {
            sums.iter_mut().zip(of(observations, ranking)).for_each(|(sum, value)| *sum += value);
        }
        sums.map(|sum| sum / self.seeds.len() as f64)
    }
}
