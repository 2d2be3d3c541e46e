//! Numbers to compute with, and how far a kernel's are from the reference's.

/// How far `got` is from `want` at the worst element, and which that is: in units of `ulps` times f32's epsilon times
/// `scale[i]`, the sum of the magnitudes of the terms that make the element. Up to 1 all is well.
///
/// NaN and infinity only equal themselves; beside anything else they are infinitely far.
pub fn furthest(got: &[f32], want: &[f64], scale: &[f64], ulps: f64) -> (f64, usize) {
    let mut worst = (0.0, 0);
    for (i, ((&got, &want), &scale)) in got.iter().zip(want).zip(scale).enumerate() {
        let same = f64::from(got) == want || (got.is_nan() && want.is_nan());
        let off = if same { 0.0 } else { (f64::from(got) - want).abs() / (ulps * f64::from(f32::EPSILON) * scale) };
        // A NaN on one side only compares as unordered: it is the worst that can be.
        let off = if off.is_nan() { f64::INFINITY } else { off };
        if off > worst.0 {
            worst = (off, i);
        }
    }
    worst
}

/// Values in [-1, 1) that depend on `seed` alone.
pub fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// f32 as f64.
pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

/// f64 rounded to f32.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

/// Magnitudes as f64: what a reference turns into the sum of the magnitudes of its terms.
pub fn magnitudes(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v).abs()).collect()
}

/// Words as the f32 that have their bits: what a kernel that reads words gets.
pub fn bits(words: &[u32]) -> Vec<f32> {
    words.iter().map(|&word| f32::from_bits(word)).collect()
}
