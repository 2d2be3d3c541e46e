//! One answer of several models.

use serde::{Deserialize, Serialize};

/// How models' answers become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// The label of the highest mean probability.
    #[default]
    Mean,
    /// The label that most models answer when they have to; of several, the one of the highest mean probability.
    Mode,
}

/// The answer to a song of `classes` labels, and each label's mean probability, from what each model says of it: its forced answer, and its
/// probability of each label, which is empty where no slice is usable. Such models take no part; without any other there is no answer and
/// there are no probabilities. Of labels that are still equal it is the first, as in a vote. The probabilities do not depend on `how`.
pub fn combine(how: Combine, said: &[(Option<usize>, &[f64])], classes: usize) -> (Option<usize>, Vec<f64>) {
    let usable = || said.iter().filter(|(_, row)| row.len() == classes && !row.is_empty());
    let models = usable().count();
    if models == 0 {
        return (None, Vec::new());
    }
    let mean: Vec<f64> = (0..classes).map(|k| usable().map(|(_, row)| row[k]).sum::<f64>() / models as f64).collect();
    let votes = |class: usize| match how {
        Combine::Mean => 0,
        Combine::Mode => usable().filter(|(answer, _)| *answer == Some(class)).count(),
    };
    let best = (0..classes).rev().max_by(|&a, &b| votes(a).cmp(&votes(b)).then(mean[a].total_cmp(&mean[b])));
    (best, mean)
}
