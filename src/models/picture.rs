//! The picture that the paper on GTZAN and trot makes of a slice: MFCC of mel decibels of which the logarithm is taken once more, stretched from the smallest to the
//! largest, in the colours of matplotlib's `coolwarm`.
//!
//! Decibels are below 0 wherever a recording is not at full scale, and a logarithm has nothing to say of them: about nine cells in ten are at the floor. That is the paper's
//! mistake, kept for comparison.

use crate::error::Result;
use crate::graph::{Graph, Id};
use crate::nn::Net;
use crate::shape::{Reduction, Unary};
use crate::signal::dct::dct;

/// Height and width in pixels.
pub const SIZE: [usize; 2] = [250, 420];
/// Cepstral coefficients.
const CEPSTRA: usize = 40;
/// The smallest number of which a logarithm is taken, and decibels below the largest that are kept: librosa's `power_to_db`.
const AMIN: f32 = 1e-10;
const TOP_DB: f32 = 80.0;
/// Colours between which is gone straight.
const KNOTS: usize = 33;

/// Slices of mel decibels (N,1,H,W) as pictures of the paper's [`SIZE`]; pictures of three channels stay as they are.
///
/// # Errors
/// As [`of_mel`].
pub(super) fn of_slices(net: &mut Net, x: Id) -> Result<Id> {
    let [_, channels, _, _] = net.graph.shape(x).array("picture", "slices")?;
    if channels == 3 { Ok(x) } else { of_mel(net, x, SIZE) }
}

/// Mel decibels (N,1,H,W), 40 bands or more -> (N,3,height,width), from 0 to 1: red, green and blue, the lowest coefficient at the bottom.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they are no such picture.
pub fn of_mel(net: &mut Net, x: Id, [height, width]: [usize; 2]) -> Result<Id> {
    let g = &mut net.graph;
    let [n, _, _, columns] = g.shape(x).array("picture", "slices")?;
    let log = g.unary(Unary::Decibel(AMIN), x)?;
    let most = extreme(g, Reduction::Max, log)?;
    let floor = g.affine(most, 1.0, -TOP_DB)?;
    let log = g.maximum(log, floor)?;
    let cepstra = dct(g, log, 2, CEPSTRA)?;
    let (least, most) = (extreme(g, Reduction::Min, cepstra)?, extreme(g, Reduction::Max, cepstra)?);
    let range = g.minus(most, least)?;
    // A slice of silence is one colour.
    let range = g.unary(Unary::Clamp(f32::MIN_POSITIVE, f32::MAX), range)?;
    let above = g.minus(cepstra, least)?;
    let level = g.divide(above, range)?;
    let rows = g.reshape(level, [n * CEPSTRA, columns])?;
    let along = g.data(&resampled(columns, width), [columns, width])?;
    let narrow = g.matmul(rows, along)?;
    let colours = coloured(g, narrow, n * CEPSTRA * width)?;
    let colours = g.reshape(colours, [n, CEPSTRA, width, 3])?;
    let planes = g.transpose(colours, &[0, 3, 1, 2])?;
    let planes = g.reshape(planes, [3 * n, CEPSTRA, width])?;
    // Pixel by pixel from the top, where the highest coefficient is.
    let nearest = |pixel: usize| CEPSTRA - 1 - pixel * CEPSTRA / height;
    let pick = (0..height).flat_map(|pixel| (0..CEPSTRA).map(move |row| f32::from(row == nearest(pixel))));
    let pick = g.data(&pick.collect::<Vec<_>>(), [height, CEPSTRA])?;
    let high = g.matmul(pick, planes)?;
    g.reshape(high, [n, 3, height, width])
}

/// (N,C,H,W) -> (N,1,1,1)
fn extreme(g: &mut Graph, kind: Reduction, x: Id) -> Result<Id> {
    let n = g.shape(x).dims()[0];
    let all = g.reduce(kind, x, &[1, 2, 3])?;
    g.reshape(all, [n, 1, 1, 1])
}

/// A matrix (from, to) of the means of what lies under each of `to` pixels.
fn resampled(from: usize, to: usize) -> Vec<f32> {
    let step = from as f64 / to as f64;
    let share = |column: usize, pixel: usize| {
        let (left, right) = (pixel as f64 * step, (pixel + 1) as f64 * step);
        let (low, high) = (left.max(column as f64), right.min((column + 1) as f64));
        ((high - low).max(0.0) / step) as f32
    };
    (0..from).flat_map(|column| (0..to).map(move |pixel| share(column, pixel))).collect()
}

/// `count` levels from 0 to 1 -> their colours (count,3).
fn coloured(g: &mut Graph, level: Id, count: usize) -> Result<Id> {
    let level = g.reshape(level, [count, 1])?;
    let place = g.affine(level, (KNOTS - 1) as f32, 0.0)?;
    let knots = g.data(&(0..KNOTS).map(|knot| knot as f32).collect::<Vec<_>>(), [1, KNOTS])?;
    let apart = g.minus(place, knots)?;
    let apart = g.abs(apart)?;
    let near = g.affine(apart, -1.0, 1.0)?;
    let shares = g.relu(near)?;
    let colours = (0..KNOTS).flat_map(|knot| coolwarm(knot as f64 / (KNOTS - 1) as f64)).map(|value| value as f32);
    let colours = g.data(&colours.collect::<Vec<_>>(), [KNOTS, 3])?;
    g.matmul(shares, colours)
}

/// Blue and red, as red, green and blue from 0 to 255, at the ends of the scale.
const ENDS: [[f64; 3]; 2] = [[59.0, 76.0, 192.0], [180.0, 4.0, 38.0]];
/// How light the grey between them is.
const MIDDLE: f64 = 88.0;
/// D65, the white of screens.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// The colour of a level from 0 to 1: Moreland 2009, "Diverging color maps for scientific visualization", between his blue and his red.
pub fn coolwarm(level: f64) -> [f64; 3] {
    let ends = ENDS.map(|end| msh(end.map(|value| value / 255.0)));
    let middle = MIDDLE.max(ends[0][0]).max(ends[1][0]);
    let (end, share) = if level < 0.5 { (ends[0], 2.0 * level) } else { (ends[1], 2.0 - 2.0 * level) };
    let grey = [middle, 0.0, spun(end, middle)];
    let between = [0, 1, 2].map(|k| (1.0 - share) * end[k] + share * grey[k]);
    rgb(between)
}

/// The hue to which a saturated colour is turned on its way to an unsaturated one, so that the steps look alike.
fn spun([m, s, h]: [f64; 3], unsaturated: f64) -> f64 {
    if m >= unsaturated {
        return h;
    }
    let spin = s * (unsaturated * unsaturated - m * m).sqrt() / (m * s.sin());
    if h > -std::f64::consts::FRAC_PI_3 { h + spin } else { h - spin }
}

/// Magnitude, saturation and hue: CIELAB in polar coordinates.
fn msh(rgb: [f64; 3]) -> [f64; 3] {
    let linear = rgb.map(|v| if v > 0.040_45 { ((v + 0.055) / 1.055).powf(2.4) } else { v / 12.92 });
    let row = |[r, g, b]: [f64; 3]| r * linear[0] + g * linear[1] + b * linear[2];
    let xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]].map(row);
    let f = |v: f64| if v > 0.008_856 { v.cbrt() } else { 7.787 * v + 16.0 / 116.0 };
    let [x, y, z] = [0, 1, 2].map(|k| f(xyz[k] / WHITE[k]));
    let [l, a, b] = [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)];
    let m = (l * l + a * a + b * b).sqrt();
    [m, (l / m).acos(), b.atan2(a)]
}

fn rgb([m, s, h]: [f64; 3]) -> [f64; 3] {
    let [l, a, b] = [m * s.cos(), m * s.sin() * h.cos(), m * s.sin() * h.sin()];
    let y = (l + 16.0) / 116.0;
    let f = |v: f64| if v > 0.206_893 { v * v * v } else { (v - 16.0 / 116.0) / 7.787 };
    let xyz = [f(y + a / 500.0) * WHITE[0], f(y) * WHITE[1], f(y - b / 200.0) * WHITE[2]];
    let row = |[x, y, z]: [f64; 3]| x * xyz[0] + y * xyz[1] + z * xyz[2];
    let linear = [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.204, 1.057]].map(row);
    let screen = |v: f64| if v > 0.003_130_8 { 1.055 * v.powf(1.0 / 2.4) - 0.055 } else { 12.92 * v };
    linear.map(|v| screen(v).clamp(0.0, 1.0))
}
