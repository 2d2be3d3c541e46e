//! Joins along axes.

use crate::shape::Reduction;

use super::pointwise::{indices, larger, smaller};

/// `x` of `shape` joined along `axes`; NaN wins a maximum and a minimum.
pub fn reduce(kind: Reduction, x: &[f64], shape: &[usize], axes: &[usize]) -> Vec<f64> {
    let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).collect();
    let out: Vec<usize> = kept.iter().map(|&axis| shape[axis]).collect();
    let mut groups = vec![Vec::new(); out.iter().product()];
    for (i, index) in indices(shape).iter().enumerate() {
        let at = kept.iter().fold(0, |at, &axis| at * shape[axis] + index[axis]);
        groups[at].push(x[i]);
    }
    let join = |group: &Vec<f64>| match kind {
        Reduction::Sum => group.iter().sum(),
        Reduction::Mean => group.iter().sum::<f64>() / group.len() as f64,
        Reduction::Max => group.iter().copied().fold(f64::NEG_INFINITY, larger),
        Reduction::Min => group.iter().copied().fold(f64::INFINITY, smaller),
    };
    groups.iter().map(join).collect()
}
