//! Initial values of variables.

use rand::SeedableRng;
use rand::distr::{Distribution, Uniform};
use rand_chacha::ChaCha8Rng;

use crate::shape::Shape;

/// How a variable starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// The same number everywhere.
    Constant(f32),
    /// Uniform between minus and plus this.
    Uniform(f32),
    /// Uniform in ±sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010). Fans of (O,I,KH,KW) count the window, those of
    /// (in, out) are its extents.
    GlorotUniform,
    /// Normal of deviation sqrt(2 / fan_in) (He et al. 2015).
    HeNormal,
    /// Normal of this deviation, drawn again beyond two deviations, as TensorFlow's `truncated_normal`.
    TruncatedNormal(f32),
    /// Running statistics (2,C) of batch norm: means 0, variances 1.
    RunningStats,
}

/// Draws initial values. Each variable has a stream of its own, from the seed and its name: the values do not depend on
/// the order of creation.
#[derive(Clone, Copy, Debug)]
pub struct Initialiser {
    seed: u64,
}

impl Initialiser {
    /// For this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Values of the variable `name`.
    pub fn draw(&self, init: Init, name: &str, shape: &Shape) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(fnv1a(name));
        let (fan_in, fan_out) = fans(shape);
        let count = shape.count();
        match init {
            Init::Constant(value) => vec![value; count],
            Init::RunningStats => (0..count).map(|i| if i < count / 2 { 0.0 } else { 1.0 }).collect(),
            Init::GlorotUniform => {
                let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
                (0..count).map(|_| (2.0 * unit(&mut rng) - 1.0) * limit).collect()
            }
            Init::Uniform(limit) => (0..count).map(|_| (2.0 * unit(&mut rng) - 1.0) * limit).collect(),
            Init::HeNormal => {
                let deviation = (2.0 / fan_in as f32).sqrt();
                (0..count).map(|_| deviation * normal(&mut rng)).collect()
            }
            Init::TruncatedNormal(deviation) => {
                let mut inside = || loop {
                    let value = normal(&mut rng);
                    if value.abs() <= 2.0 {
                        return deviation * value;
                    }
                };
                (0..count).map(|_| inside()).collect()
            }
        }
    }
}

fn fans(shape: &Shape) -> (usize, usize) {
    match *shape.dims() {
        [fan_in, fan_out] => (fan_in, fan_out),
        [out, input, ref window @ ..] => {
            let window: usize = window.iter().product();
            (input * window, out * window)
        }
        _ => (shape.count(), shape.count()),
    }
}

fn unit(rng: &mut ChaCha8Rng) -> f32 {
    match Uniform::new(0.0_f32, 1.0) {
        Ok(uniform) => uniform.sample(rng),
        Err(_) => 0.0,
    }
}

/// Standard normal, by Box & Muller 1958.
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let radius = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    radius * (std::f32::consts::TAU * unit(rng)).cos()
}

/// Fowler, Noll & Vo's hash: a name as a number that stays the same from build to build.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
