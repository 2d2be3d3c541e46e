// Philox 4x32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four random words from
// a counter and a key, without state.
fn multiply_high(a: u32, b: u32) -> u32 {
    let al = a & 0xffffu; let ah = a >> 16u;
    let bl = b & 0xffffu; let bh = b >> 16u;
    let low = al * bl;
    let middle = ah * bl + (low >> 16u);
    let cross = al * bh + (middle & 0xffffu);
    return ah * bh + (middle >> 16u) + (cross >> 16u);
}

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var round = 0; round < 10; round++) {
        let h0 = multiply_high(0xd2511f53u, c.x); let l0 = 0xd2511f53u * c.x;
        let h1 = multiply_high(0xcd9e8d57u, c.z); let l1 = 0xcd9e8d57u * c.z;
        c = vec4(h1 ^ c.y ^ k.x, l1, h0 ^ c.w ^ k.y, l0);
        k += vec2(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}

// A word's upper 24 bits as a number in [0, 1).
fn unit4(words: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(words >> vec4(8u)) / 16777216.0;
}
