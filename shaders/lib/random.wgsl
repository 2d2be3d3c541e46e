// Random words from a counter: Philox 4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// 2011). The same words always give the same numbers, so nothing has to be stored between a forward and a backward pass.

// (low, high) words of a * b.
fn mul_wide(a: u32, b: u32) -> vec2<u32> {
    let al = a & 0xffffu; let ah = a >> 16u;
    let bl = b & 0xffffu; let bh = b >> 16u;
    let first = ah * bl + ((al * bl) >> 16u);
    let second = al * bh + (first & 0xffffu);
    return vec2(a * b, ah * bh + (first >> 16u) + (second >> 16u));
}

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var round = 0u; round < 10u; round++) {
        let p = mul_wide(0xd2511f53u, c.x);
        let q = mul_wide(0xcd9e8d57u, c.z);
        c = vec4(q.y ^ c.y ^ k.x, q.x, p.y ^ c.w ^ k.y, p.x);
        k += vec2(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}

// The four words of elements 4 block .. 4 block + 3. All eight words of the seed count: the first six make a key, the last
// two are part of the counter.
fn words_of_block(seed0: vec4<u32>, seed1: vec4<u32>, salt: u32, block: u32) -> vec4<u32> {
    let key = philox(vec4(seed0.zw, seed1.xy), seed0.xy).xy;
    return philox(vec4(block, salt, seed1.zw), key);
}

// Uniform in [0, 1): the upper 24 bits of each word, which f32 holds without rounding.
fn uniform_of(words: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(words >> vec4(8u)) * (1.0 / 16777216.0);
}

// -log(1 - u). Near 0 by its series, as a device's log may be off by 2^-21 near 1, which would be all of a small result.
fn minus_log_of_rest(u: vec2<f32>) -> vec2<f32> {
    let series = u * (1.0 + u * (1.0 / 2.0 + u * (1.0 / 3.0 + u * (1.0 / 4.0 + u * (1.0 / 5.0 + u / 6.0)))));
    return select(-log(1.0 - u), series, u < vec2(0.0625));
}
