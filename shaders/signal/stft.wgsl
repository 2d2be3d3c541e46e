// y[b,k,t] = sum over n of windows[rows[t],n] x[b, start + t hop + n] exp(-2 pi i k n / n_fft)
//
// x (B,L)    windows (R,n_fft)    rows (T) words    y (B,F,T,2), F = n_fft / 2 + 1
// LANES invocations own a frame: they transform pairs of samples as complex numbers and untangle the result. Writes.
// use: lib/grid
// use: lib/frames
// use: lib/real_fft

@group(0) @binding(0) var<uniform> params: FrameParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> rows: array<u32>;
@group(0) @binding(5) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec2<f32>>;

fn put(b: u32, k: u32, t: u32, value: vec2<f32>) {
    if (k % STRETCH != 0u) { return; }
    y[b * params.y_signal + k / STRETCH * params.y_bin + t * params.y_frame] = value;
}

// Bins of results `r` to `r` + 14 in steps of 2.
fn put8(lane: u32, b: u32, t: u32, r: u32, e: Eight) {
    let mirror = select(2u * LANES - lane, LANES, lane == 0u);
    let step = 4u * LANES;
    let l = lane + 2u * LANES * r;
    let m = mirror + 2u * LANES * r;
    put(b, l + 0u * step, t, e.a0.xy); put(b, m + 0u * step, t, e.a0.zw);
    put(b, l + 1u * step, t, e.a1.xy); put(b, m + 1u * step, t, e.a1.zw);
    put(b, l + 2u * step, t, e.a2.xy); put(b, m + 2u * step, t, e.a2.zw);
    put(b, l + 3u * step, t, e.a3.xy); put(b, m + 3u * step, t, e.a3.zw);
    put(b, l + 4u * step, t, e.a4.xy); put(b, m + 4u * step, t, e.a4.zw);
    put(b, l + 5u * step, t, e.a5.xy); put(b, m + 5u * step, t, e.a5.zw);
    put(b, l + 6u * step, t, e.a6.xy); put(b, m + 6u * step, t, e.a6.zw);
    put(b, l + 7u * step, t, e.a7.xy); put(b, m + 7u * step, t, e.a7.zw);
}

@compute @workgroup_size(WG)
fn stft(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Neighbouring invocations hold neighbouring frames, which lie side by side in y.
    let lane = lid / FRAMES;
    let base = (lid % FRAMES) * (POINTS / 2u);
    let i = flat_group(wg, groups) * FRAMES + lid % FRAMES;
    let inside = i < params.batch * params.count;
    let b = select(0u, i / params.count, inside);
    let t = params.first + select(0u, i % params.count, inside);

    first_pass(lane, base, frame(lane, b, t));
    middle_pass(lane, base);
    let z = mirrored_pass(lane, base);
    let result = bins(lane, z, table[24u * LANES + lane]);

    if (!inside) { return; }
    put8(lane, b, t, 0u, result.lo);
    put8(lane, b, t, 1u, result.hi);
    if (lane == 0u) { put(b, POINTS, t, vec2(z.lo.a0.x - z.lo.a0.y, 0.0)); }
}
