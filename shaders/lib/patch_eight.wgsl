// Sums of eight channels over four windows, and how they are written. Reads `params`, `bias`, writes `y`.
// use: lib/patch
// use: lib/patch_under
// use: lib/activate

// Four pixels (a row) of eight channels (a column each).
struct Eight { a: mat4x4<f32>, b: mat4x4<f32> }

fn put(spot: Spot, channel: u32, q: u32, sums: vec4<f32>) {
    if (channel >= params.o) { return; }
    var b = 0.0;
    if (params.has_bias != 0u) { b = bias[channel]; }
    y[params.small_first + image_of(spot, params.o, channel, params.small4) + q] = activate(sums + b);
}

// The eight from `channel` on.
fn put_eight(spot: Spot, channel: u32, q: u32, sums: Eight) {
    put(spot, channel, q, sums.a[0]);
    put(spot, channel + 1u, q, sums.a[1]);
    put(spot, channel + 2u, q, sums.a[2]);
    put(spot, channel + 3u, q, sums.a[3]);
    put(spot, channel + 4u, q, sums.b[0]);
    put(spot, channel + 5u, q, sums.b[1]);
    put(spot, channel + 6u, q, sums.b[2]);
    put(spot, channel + 7u, q, sums.b[3]);
}

// The first weight of a channel, past the last that of the last one.
fn weight_of(channel: u32) -> u32 {
    return min(channel, params.o - 1u) * params.c;
}
