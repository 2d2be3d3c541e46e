//! Random numbers and dropout.

use crate::doctor::{Case, Output};
use crate::kernels::dropout as kernels;
use crate::reference::compare::{bits, noise, wide};
use crate::reference::random as reference;

/// The seed of every case.
pub const SEED: [u32; 8] = [0x89ab_cdef, 0x0123_4567, 17, 0, 3, 0, 0, 0];

/// Uniform numbers from -1 to 2.
pub fn random_uniform(count: usize) -> Case {
    let want: Vec<_> = reference::uniform(SEED, 5, count).iter().map(|u| 3.0 * u - 1.0).collect();
    let output = Output::new(&[count], want, vec![2.0; count], 1.0);
    Case::new("random_uniform", &[(&[8], &bits(&SEED))], output, |rec, x, y| {
        kernels::random_uniform(rec, &x[0], y, -1.0, 2.0, 5)
    })
}

/// Normal numbers around a half, of deviation 2.
pub fn random_normal(count: usize) -> Case {
    let want: Vec<_> = reference::normal(SEED, 6, count).iter().map(|v| 0.5 + 2.0 * v).collect();
    let output = Output::new(&[count], want, vec![12.0; count], 8.0);
    Case::new("random_normal", &[(&[8], &bits(&SEED))], output, |rec, x, y| {
        kernels::random_normal(rec, &x[0], y, 0.5, 2.0, 6)
    })
}

/// Dropout of noise.
pub fn dropout(count: usize, keep: f32) -> Case {
    let x = noise(count, 1);
    let want = reference::dropout(&wide(&x), SEED, 8, f64::from(keep));
    let scale = want.iter().map(|v| v.abs()).collect();
    let inputs: [(&[usize], &[f32]); 2] = [(&[count], &x), (&[8], &bits(&SEED))];
    Case::new(format!("dropout keep {keep}"), &inputs, Output::new(&[count], want, scale, 2.0), move |rec, x, y| {
        kernels::dropout(rec, &x[0], &x[1], y, keep, 8)
    })
}

pub(super) fn small() -> Vec<Case> {
    vec![random_uniform(257), random_normal(1_003), dropout(1_003, 0.9)]
}
