//! Elementary functions made of `+ - * /` alone.
//!
//! The platform's `sin` and `exp` may differ in the last bit from one C library to the next. A song has to have the same
//! bytes everywhere, so the synthesiser uses these; each is good to about 1e-14 relative to its largest value.

/// 2^x, clamped to the normal range of `f64`.
pub fn exp2(x: f64) -> f64 {
    let x = x.clamp(-1020.0, 1020.0);
    let whole = (x + 0.5).floor();
    let y = (x - whole) * std::f64::consts::LN_2;
    // |y| <= ln(2)/2: the thirteenth term is below 1e-16
    let mut sum = 1.0;
    for k in (1..=13).rev() {
        sum = 1.0 + sum * y / f64::from(k);
    }
    sum * f64::from_bits(((1023 + whole as i64) as u64) << 52)
}

/// log2(x) for positive normal x; -1022 for anything smaller.
pub fn log2(x: f64) -> f64 {
    if x < f64::MIN_POSITIVE {
        return -1022.0;
    }
    let bits = x.to_bits();
    let mut power = (bits >> 52) as i64 - 1023;
    let mut m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        power += 1;
    }
    // ln m = 2 artanh s with |s| <= 0.172
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    for k in (0..=10).rev() {
        sum = sum * square + 1.0 / f64::from(2 * k + 1);
    }
    power as f64 + 2.0 * s * sum * std::f64::consts::LOG2_E
}

/// sin(2 pi t).
pub fn sine(t: f64) -> f64 {
    let mut t = t - (t + 0.5).floor();
    if t > 0.25 {
        t = 0.5 - t;
    } else if t < -0.25 {
        t = -0.5 - t;
    }
    let x = t * std::f64::consts::TAU;
    let square = x * x;
    let mut sum = 1.0;
    for k in (1..=9).rev() {
        sum = 1.0 - sum * square / f64::from((2 * k) * (2 * k + 1));
    }
    x * sum
}

/// cos(2 pi t).
pub fn cosine(t: f64) -> f64 {
    sine(t + 0.25)
}

/// tan(pi t) for 0 <= t < 0.5: the warp of a trapezoidal filter at the frequency t, in cycles a sample.
pub fn warp(t: f32) -> f32 {
    let half = f64::from(t.clamp(1e-5, 0.49)) * 0.5;
    (sine(half) / cosine(half)) as f32
}

/// Amplitude of a level in decibels.
pub fn decibels(level: f32) -> f32 {
    exp2(f64::from(level) * std::f64::consts::LOG2_10 / 20.0) as f32
}

/// Level in decibels of an amplitude; about -6000 for zero.
pub fn level(amplitude: f32) -> f32 {
    (log2(f64::from(amplitude)) * 20.0 / std::f64::consts::LOG2_10) as f32
}

/// Frequency in hertz of a MIDI pitch: 69 is 440 Hz.
pub fn hertz(pitch: f32) -> f32 {
    (440.0 * exp2((f64::from(pitch) - 69.0) / 12.0)) as f32
}

/// The factor a second-order or feedback loop needs each `step` seconds to fall by 60 dB in `t60` seconds.
pub fn fade(step: f32, t60: f32) -> f32 {
    exp2(-9.965_784_284_662_087 * f64::from(step / t60.max(1e-4))) as f32
}

/// A soft clipper between -1 and 1, odd, with slope 1 at 0: the (3, 2) Padé form of tanh, which meets 1 at |x| = 3.
#[inline]
pub fn soft(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    let square = x * x;
    x * (27.0 + square) / (27.0 + 9.0 * square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_agree_with_the_platform() {
        for i in -4000..4000 {
            let x = f64::from(i) * 0.0137;
            assert!((sine(x) - (std::f64::consts::TAU * x).sin()).abs() < 1e-12, "sine({x})");
            assert!((exp2(x) / x.exp2() - 1.0).abs() < 1e-14, "exp2({x})");
            let y = x.exp2();
            assert!((log2(y) - x).abs() < 1e-12, "log2({y})");
        }
        assert!((f64::from(warp(0.25)) - 1.0).abs() < 1e-6);
        assert!((decibels(-20.0) - 0.1).abs() < 1e-7 && (level(0.1) + 20.0).abs() < 1e-5);
        assert!((hertz(57.0) - 220.0).abs() < 1e-4);
        assert!((fade(0.5, 0.5) - 0.001).abs() < 1e-8);
        assert_eq!(soft(9.0), 1.0);
    }
}
