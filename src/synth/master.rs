//! The artist's master chain: tone, compression, saturation, hiss, loudness, limiter.

use super::{
    artist::Chain,
    dice::Noise,
    effects::{Svf, Tap},
    exact,
};

/// No sample goes beyond this.
pub const CEILING: f32 = 0.97;
/// Samples between two values of a gain.
const BLOCK: usize = 32;

/// Masters one or two channels in place. `spread` in dB is added to the artist's loudness, `fade` is the length of the
/// fade at the end in seconds.
pub fn master(channels: &mut [Vec<f32>], rate: f32, chain: &Chain, spread: f32, fade: f32, noise: &mut Noise) {
    for y in channels.iter_mut() {
        Svf::new(25.0 / rate, 0.0).all(y, Tap::High);
        if chain.top < 0.42 * rate {
            Svf::new(chain.top / rate, 0.0).all(y, Tap::Low);
        }
        tilt(y, rate, chain.tilt);
    }
    if !scale(channels, 0.1) {
        return;
    }
    compress(channels, rate, chain.ratio, 0.1 * exact::decibels(chain.threshold));
    scale(channels, 0.1);
    for y in channels.iter_mut() {
        // at a drive of 1 a peak 14 dB above the mean is at half the clipper's range
        super::effects::drive(y, chain.drive, 0.0);
    }
    scale(channels, 0.1);
    if chain.hiss > -80.0 {
        let gain = 0.1 * exact::decibels(chain.hiss) * 1.732;
        channels.iter_mut().flatten().for_each(|x| *x += gain * noise.white());
    }
    let target = exact::decibels(chain.loudness + spread);
    // each limiting takes some loudness away; three rounds come within a fraction of a dB unless the crest is too high
    for _ in 0..3 {
        scale(channels, target);
        limit(channels, rate);
    }
    for y in channels.iter_mut() {
        edges(y, rate, fade);
    }
}

// Sets the root of the mean square over all channels; false if there is nothing but silence.
fn scale(channels: &mut [Vec<f32>], rms: f32) -> bool {
    let sum: f64 = channels.iter().flatten().map(|&x| f64::from(x) * f64::from(x)).sum();
    let count: usize = channels.iter().map(Vec::len).sum();
    let now = (sum / count.max(1) as f64).sqrt();
    if now < 1e-9 {
        return false;
    }
    let gain = (f64::from(rms) / now) as f32;
    channels.iter_mut().flatten().for_each(|x| *x *= gain);
    true
}

// Below 900 Hz and above it, half the tilt each.
fn tilt(y: &mut [f32], rate: f32, decibels: f32) {
    let w = std::f32::consts::TAU * 900.0 / rate;
    let a = w / (1.0 + w);
    let (below, above) = (exact::decibels(-decibels / 2.0), exact::decibels(decibels / 2.0));
    let mut low = 0.0f32;
    for x in y {
        low += a * (*x - low);
        *x = below * low + above * (*x - low);
    }
}

fn peaks(channels: &[Vec<f32>]) -> Vec<f32> {
    let frames = channels.first().map_or(0, Vec::len);
    let mut peaks = vec![0.0f32; frames.div_ceil(BLOCK)];
    for y in channels {
        for (peak, block) in peaks.iter_mut().zip(y.chunks(BLOCK)) {
            *peak = block.iter().fold(*peak, |p, x| p.max(x.abs()));
        }
    }
    peaks
}

// Straight lines between the gains at the blocks' edges.
fn apply(channels: &mut [Vec<f32>], edges: &[f32]) {
    for y in channels {
        for (block, ends) in y.chunks_mut(BLOCK).zip(edges.windows(2)) {
            let slope = (ends[1] - ends[0]) / BLOCK as f32;
            block.iter_mut().enumerate().for_each(|(i, x)| *x *= ends[0] + slope * i as f32);
        }
    }
}

// Attack 5 ms, release 120 ms, on the peaks of both channels together.
fn compress(channels: &mut [Vec<f32>], rate: f32, ratio: f32, threshold: f32) {
    let step = BLOCK as f32 / rate;
    let (attack, release) = (1.0 - exact::fade(step, 0.035), 1.0 - exact::fade(step, 0.8));
    let slope = f64::from(1.0 / ratio - 1.0);
    let mut level = 0.0f32;
    let mut gains = vec![1.0f32];
    for peak in peaks(channels) {
        level += if peak > level { attack } else { release } * (peak - level);
        let over = f64::from((level / (threshold * 2.0)).max(1.0));
        gains.push(exact::exp2(exact::log2(over) * slope) as f32);
    }
    apply(channels, &gains);
}

// Looks 4 ms ahead: the least gain in the window, then its mean, never above what a block needs.
fn limit(channels: &mut [Vec<f32>], rate: f32) {
    let needed: Vec<f32> = peaks(channels).iter().map(|&p| if p > CEILING { CEILING / p } else { 1.0 }).collect();
    if needed.iter().all(|&g| g >= 1.0) {
        return;
    }
    let reach = (0.004 * rate / BLOCK as f32) as usize + 1;
    let count = needed.len();
    let window = |i: usize| i.saturating_sub(reach)..(i + reach + 1).min(count);
    let least: Vec<f32> = (0..count).map(|i| needed[window(i)].iter().copied().fold(1.0, f32::min)).collect();
    let mean: Vec<f32> = (0..count).map(|i| least[window(i)].iter().sum::<f32>() / window(i).len() as f32).collect();
    let safe = |i: usize| mean[i].min(needed[i]);
    let edge = |i: usize| safe(i.min(count - 1)).min(safe(i.saturating_sub(1).min(count - 1)));
    let edges: Vec<f32> = (0..=count).map(edge).collect();
    apply(channels, &edges);
}

fn edges(y: &mut [f32], rate: f32, fade: f32) {
    let rise = ((0.004 * rate) as usize).max(1);
    y.iter_mut().take(rise).enumerate().for_each(|(i, x)| *x *= i as f32 / rise as f32);
    let fall = ((fade * rate) as usize).clamp(1, y.len().max(1));
    y.iter_mut().rev().take(fall).enumerate().for_each(|(i, x)| *x *= i as f32 / fall as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limiter_holds_every_sample() {
        let mut dice = crate::synth::dice::Dice::new(3, crate::synth::dice::Purpose::Sound, 0);
        let mut noise = dice.noise();
        let mut y: Vec<f32> = (0..5000).map(|i| noise.white() * if i % 611 < 9 { 9.0 } else { 0.5 }).collect();
        y[777] = 40.0;
        let before = y.clone();
        let mut channels = [y];
        limit(&mut channels, 8000.0);
        assert!(channels[0].iter().all(|x| x.abs() <= CEILING + 1e-6));
        // far from a peak nothing changes
        assert_eq!(channels[0][300], before[300]);
    }

    #[test]
    fn tilt_is_what_it_says_at_both_ends() {
        for (hertz, wanted) in [(20.0f64, -3.0f32), (20_000.0, 3.0)] {
            let mut y: Vec<f32> = (0..44_100).map(|i| exact::sine(hertz * f64::from(i) / 44_100.0) as f32).collect();
            tilt(&mut y, 44_100.0, 6.0);
            let rms = (y[4410..].iter().map(|x| x * x).sum::<f32>() / 39_690.0).sqrt() * std::f32::consts::SQRT_2;
            assert!((exact::level(rms) - wanted).abs() < 0.3, "{hertz}: {}", exact::level(rms));
        }
    }
}
