// (n / d, n % d) for n and d below 2^31, by way of f32: CPU devices have no integer division for all lanes at once, and
// there this is many times faster. The first estimate is off by at most n / d * 2^-20 on any device, the second by one.
fn split(n: u32, d: u32) -> vec2<u32> {
    let inverse = 1.0 / f32(d);
    var q = i32(f32(n) * inverse);
    var r = i32(n) - q * i32(d);
    let more = i32(f32(r) * inverse);
    q += more;
    r -= more * i32(d);
    if (r < 0) { q -= 1; r += i32(d); }
    if (r >= i32(d)) { q += 1; r -= i32(d); }
    return vec2(u32(q), u32(r));
}
