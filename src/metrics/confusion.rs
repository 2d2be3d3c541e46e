//! Who is taken for whom, and who is not taken for anybody.

use serde::{Deserialize, Serialize};

/// Songs by truth and answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// `counts[truth][answer]`, (labels, labels).
    pub counts: Vec<Vec<u64>>,
    /// `unclassified[truth]`.
    pub unclassified: Vec<u64>,
}

/// How well one class is found. A ratio with nothing below the line is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// The label.
    pub label: String,
    /// Songs of this class.
    pub songs: u64,
    /// Right / classified as this class.
    pub precision: Option<f64>,
    /// Right / songs of this class; an unclassified song is not found.
    pub recall: Option<f64>,
    /// 2 right / (songs of this class + classified as this class), the harmonic mean of the two.
    pub f1: Option<f64>,
    /// Unclassified / songs of this class.
    pub unclassified: Option<f64>,
}

impl Confusion {
    /// A matrix of zeros for `classes` classes.
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![vec![0; classes]; classes], unclassified: vec![0; classes] }
    }

    /// Counts one song. Classes that the matrix does not have are not counted.
    pub fn add(&mut self, truth: usize, answer: Option<usize>) {
        let cell = match answer {
            Some(answer) => self.counts.get_mut(truth).and_then(|row| row.get_mut(answer)),
            None => self.unclassified.get_mut(truth),
        };
        if let Some(cell) = cell {
            *cell += 1;
        }
    }

    /// Songs of a class.
    pub fn songs(&self, truth: usize) -> u64 {
        self.counts[truth].iter().sum::<u64>() + self.unclassified[truth]
    }

    /// Precision, recall and F1 of every class.
    pub fn classes(&self, labels: &[String]) -> Vec<ClassScores> {
        let ratio = |a: u64, b: u64| (b > 0).then(|| a as f64 / b as f64);
        let scores = |(k, label): (usize, &String)| {
            let (right, songs) = (self.counts[k][k], self.songs(k));
            let answers: u64 = self.counts.iter().map(|row| row[k]).sum();
            ClassScores {
                label: label.clone(),
                songs,
                precision: ratio(right, answers),
                recall: ratio(right, songs),
                f1: ratio(2 * right, songs + answers),
                unclassified: ratio(self.unclassified[k], songs),
            }
        };
        labels.iter().take(self.counts.len()).enumerate().map(scores).collect()
    }
}
