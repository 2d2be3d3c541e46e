//! Latent vectors drawn as slices have them.

use super::Table;
use crate::error::{Error, Result};
use crate::graph::Id;
use crate::nn::Net;

/// Slices whose latent vectors stand for all.
pub const MIXED: usize = 128;

/// The variables: the mean of [`MIXED`] latent vectors (latent), and their deviations from it (MIXED,latent).
const NAMES: [&str; 2] = ["latents.mean", "latents.ways"];

/// Noise (n,MIXED), standard normal -> latent vectors (n,latent), normal with the mean and the covariance of a file's slices: an encoder's
/// numbers are correlated, and independent ones would lie where no slice's vector does.
///
/// # Errors
/// [`Error::Shape`] if the noise has another width.
pub fn latents(net: &mut Net, table: &Table, noise: Id) -> Result<Id> {
    let mean = net.adopt(NAMES[0], [table.latent])?;
    let deviations = net.adopt(NAMES[1], [MIXED, table.latent])?;
    let z = net.graph.matmul(noise, deviations)?;
    net.graph.plus(z, mean)
}

/// A variable's name, shape and values.
type Tensor = (String, (Vec<usize>, Vec<f32>));

/// Those variables from codes (MIXED,latent) of slices; the deviations are divided by `sqrt(MIXED - 1)`, so that drawn vectors have the unbiased
/// covariance.
///
/// # Errors
/// [`Error::Shape`] for another number of codes.
pub fn of_codes(table: &Table, codes: &[f32]) -> Result<[Tensor; 2]> {
    let latent = table.latent;
    if codes.len() != MIXED * latent {
        return Err(Error::shape("latents", "codes", format_args!("{MIXED} vectors of {latent}"), codes.len()));
    }
    let column = |i: usize| codes[i..].iter().step_by(latent).map(|&v| f64::from(v));
    let mean: Vec<_> = (0..latent).map(|i| column(i).sum::<f64>() / MIXED as f64).collect();
    let length = ((MIXED - 1) as f64).sqrt();
    let deviation = |(k, &code): (usize, &f32)| ((f64::from(code) - mean[k % latent]) / length) as f32;
    let deviations = codes.iter().enumerate().map(deviation).collect();
    let mean = mean.iter().map(|&v| v as f32).collect();
    let [of_mean, of_deviations] = NAMES.map(str::to_owned);
    Ok([(of_mean, (vec![latent], mean)), (of_deviations, (vec![MIXED, latent], deviations))])
}

#[cfg(test)]
mod tests {
    use super::{MIXED, Result, of_codes};
    use crate::models::gan::Table;

    /// The deviations' products are the covariance of codes whose first number is twice the second.
    #[test]
    fn deviations_are_a_factor_of_the_covariance() -> Result<()> {
        let table = Table { latent: 3, ..Table::paper(2, 1) };
        let codes: Vec<_> = (0..MIXED).flat_map(|k| [k as f32 / 2.0 + 1.0, k as f32 / 4.0, 5.0]).collect();
        let [(_, (_, mean)), (_, (_, deviations))] = of_codes(&table, &codes)?;
        assert_eq!(mean, [127.0 / 4.0 + 1.0, 127.0 / 8.0, 5.0]);
        let covariance =
            |i: usize, j: usize| deviations.chunks(3).map(|deviation| deviation[i] * deviation[j]).sum::<f32>();
        // Variance of 0 to 127 with Bessel's correction: 128 * 129 / 12.
        let of = 128.0 * 129.0 / 12.0;
        for (i, j, want) in [(0, 0, of / 4.0), (0, 1, of / 8.0), (1, 1, of / 16.0), (2, 0, 0.0), (2, 2, 0.0)] {
            assert!((covariance(i, j) - want).abs() < 1e-3 * of, "{i} {j}: {} of {want}", covariance(i, j));
        }
        assert!(of_codes(&table, &codes[3..]).is_err());
        Ok(())
    }
}
