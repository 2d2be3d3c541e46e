//! What measures a machine: chains of multiply-adds.

/// The sum over `j < chains` of what `x + j` becomes when it is multiplied by `m` and `c` is added `rounds` times.
pub fn multiply_add(x: f64, chains: usize, rounds: usize, [m, c]: [f64; 2]) -> f64 {
    (0..chains).map(|j| (0..rounds).fold(x + j as f64, |a, _| a * m + c)).sum()
}
