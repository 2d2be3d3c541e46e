//! Philox 4x32-10 as its paper writes it, with 64-bit products, and what is made of its words.

/// Ten rounds over counter `c` with key `k`.
pub fn philox(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let p = 0xd251_1f53_u64 * u64::from(c[0]);
        let q = 0xcd9e_8d57_u64 * u64::from(c[2]);
        c = [(q >> 32) as u32 ^ c[1] ^ k[0], q as u32, (p >> 32) as u32 ^ c[3] ^ k[1], p as u32];
        k = [k[0].wrapping_add(0x9e37_79b9), k[1].wrapping_add(0xbb67_ae85)];
    }
    c
}

/// One word an element.
pub fn words(seed: [u32; 8], salt: u32, count: usize) -> Vec<u32> {
    let [a, b, c, d, e, f, g, h] = seed;
    let key = philox([c, d, e, f], [a, b]);
    (0..count.div_ceil(4)).flat_map(|block| philox([block as u32, salt, g, h], [key[0], key[1]])).take(count).collect()
}

/// Uniform in [0, 1) with 24 bits.
pub fn uniform(seed: [u32; 8], salt: u32, count: usize) -> Vec<f64> {
    words(seed, salt, count).iter().map(|w| f64::from(w >> 8) / f64::from(1 << 24)).collect()
}

/// Normal with mean 0 and deviation 1: two of two uniform ones (Box & Muller 1958).
pub fn normal(seed: [u32; 8], salt: u32, count: usize) -> Vec<f64> {
    let pair = |u: &[f64]| {
        let (radius, angle) = ((-2.0 * (1.0 - u[0]).ln()).sqrt(), std::f64::consts::TAU * (u[1] - 0.5));
        [radius * angle.cos(), radius * angle.sin()]
    };
    uniform(seed, salt, count.next_multiple_of(4)).chunks(2).flat_map(pair).take(count).collect()
}

/// `x / keep` with probability `keep`, else `0 x`; the last word of `seed` counts parts as long as `x`.
pub fn dropout(x: &[f64], seed: [u32; 8], salt: u32, keep: f64) -> Vec<f64> {
    let [a, b, c, d, e, f, g, part] = seed;
    let before = part as usize * x.len().next_multiple_of(4);
    let u = uniform([a, b, c, d, e, f, g, 0], salt, before + x.len()).split_off(before);
    x.iter().zip(u).map(|(x, u)| x * if u < keep { 1.0 } else { 0.0 } / keep).collect()
}
