//! What measures a machine.

use crate::doctor::{Case, Output};
use crate::kernels::ceilings::{self as kernels, CHAINS};
use crate::reference::ceilings as reference;
use crate::reference::compare::{noise, wide};

/// Chains of multiply-adds.
pub fn multiply_add(count: usize, rounds: usize) -> Case {
    let x = noise(count, count as u32);
    let by = [0.75, -0.5];
    let want = wide(&x).into_iter().map(|x| reference::multiply_add(x, CHAINS, rounds, by)).collect();
    let scale = vec![(1..=CHAINS).sum::<usize>() as f64 + 1.0; count];
    let output = Output::new(&[count], want, scale, 2.0);
    Case::new(format!("multiply_add rounds {rounds}"), &[(&[count], &x)], output, move |rec, x, y| {
        kernels::multiply_add(rec, &x[0], y, rounds, by.map(|number| number as f32))
    })
}

/// A copy.
pub fn copy_vec4(count: usize) -> Case {
    let x = noise(count, 7);
    let output = Output::new(&[count], wide(&x), vec![0.0; count], 0.0);
    Case::new("copy_vec4", &[(&[count], &x)], output, |rec, x, y| kernels::copy_vec4(rec, &x[0], y))
}

pub(super) fn small() -> Vec<Case> {
    vec![multiply_add(252, 8), copy_vec4(1028)]
}
