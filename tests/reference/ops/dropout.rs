//! Dropout under a mask from Philox4x32-10 (Salmon et al. 2011).

/// Ten rounds.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let [a, b] = [u64::from(counter[0]) * 0xD251_1F53, u64::from(counter[2]) * 0xCD9E_8D57];
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// `x / keep` where the element's number, in [0, 1), is below `keep`, else zero.
pub fn dropout(x: &[f64], seed: &[u32], keep: f64, salt: u32) -> Vec<f64> {
    let number = |i: usize| {
        let words = philox([(i / 4) as u32, salt, seed[2], seed[3]], [seed[0], seed[1]]);
        f64::from(words[i % 4] >> 8) / f64::from(1 << 24)
    };
    x.iter().enumerate().map(|(i, x)| if number(i) < keep { x / keep } else { 0.0 }).collect()
}
