// y[b,k,t] = mean over j < blocks of |X[b, k, t blocks + j]|^2, X as in stft
//
// x (B,L)    windows (R,n_fft)    rows (T blocks) words    y (B,F,T), F = n_fft / 2 + 1
// LANES invocations own a frame of y. Writes.
// use: lib/grid
// use: lib/frames
// use: lib/real_fft

@group(0) @binding(0) var<uniform> params: FrameParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> rows: array<u32>;
@group(0) @binding(5) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

// Squares of results n and n + 1: those of the two columns, then those of the next result.
fn squares(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    let s = a * a;
    let t = b * b;
    return vec4(s.xz + s.yw, t.xz + t.yw);
}

fn put(b: u32, k: u32, t: u32, value: f32) {
    if (k % params.stretch != 0u) { return; }
    y[(b * (params.n_fft / 2u + 1u) + k / params.stretch) * params.frames + t] = value;
}

@compute @workgroup_size(WG)
fn stft_power(
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

    var sum: Eight;
    var top = 0.0;
    for (var j = 0u; j < params.blocks; j++) {
        let points = frame(lane, b, t * params.blocks + j);
        // The frame before has to be read by all.
        workgroupBarrier();
        first_pass(lane, base, points);
        middle_pass(lane, base);
        let z = mirrored_pass(lane, base);
        let r = bins(lane, z, table[24u * LANES + lane]);
        sum.a0 += squares(r.lo.a0, r.hi.a0);
        sum.a1 += squares(r.lo.a1, r.hi.a1);
        sum.a2 += squares(r.lo.a2, r.hi.a2);
        sum.a3 += squares(r.lo.a3, r.hi.a3);
        sum.a4 += squares(r.lo.a4, r.hi.a4);
        sum.a5 += squares(r.lo.a5, r.hi.a5);
        sum.a6 += squares(r.lo.a6, r.hi.a6);
        sum.a7 += squares(r.lo.a7, r.hi.a7);
        top += (z.lo.a0.x - z.lo.a0.y) * (z.lo.a0.x - z.lo.a0.y);
    }

    if (!inside) { return; }
    let mirror = select(2u * LANES - lane, LANES, lane == 0u);
    let step = 2u * LANES;
    let scale = 1.0 / f32(params.blocks);
    put(b, lane + 0u * step, t, sum.a0.x * scale); put(b, mirror + 0u * step, t, sum.a0.y * scale);
    put(b, lane + 1u * step, t, sum.a0.z * scale); put(b, mirror + 1u * step, t, sum.a0.w * scale);
    put(b, lane + 2u * step, t, sum.a1.x * scale); put(b, mirror + 2u * step, t, sum.a1.y * scale);
    put(b, lane + 3u * step, t, sum.a1.z * scale); put(b, mirror + 3u * step, t, sum.a1.w * scale);
    put(b, lane + 4u * step, t, sum.a2.x * scale); put(b, mirror + 4u * step, t, sum.a2.y * scale);
    put(b, lane + 5u * step, t, sum.a2.z * scale); put(b, mirror + 5u * step, t, sum.a2.w * scale);
    put(b, lane + 6u * step, t, sum.a3.x * scale); put(b, mirror + 6u * step, t, sum.a3.y * scale);
    put(b, lane + 7u * step, t, sum.a3.z * scale); put(b, mirror + 7u * step, t, sum.a3.w * scale);
    put(b, lane + 8u * step, t, sum.a4.x * scale); put(b, mirror + 8u * step, t, sum.a4.y * scale);
    put(b, lane + 9u * step, t, sum.a4.z * scale); put(b, mirror + 9u * step, t, sum.a4.w * scale);
    put(b, lane + 10u * step, t, sum.a5.x * scale); put(b, mirror + 10u * step, t, sum.a5.y * scale);
    put(b, lane + 11u * step, t, sum.a5.z * scale); put(b, mirror + 11u * step, t, sum.a5.w * scale);
    put(b, lane + 12u * step, t, sum.a6.x * scale); put(b, mirror + 12u * step, t, sum.a6.y * scale);
    put(b, lane + 13u * step, t, sum.a6.z * scale); put(b, mirror + 13u * step, t, sum.a6.w * scale);
    put(b, lane + 14u * step, t, sum.a7.x * scale); put(b, mirror + 14u * step, t, sum.a7.y * scale);
    put(b, lane + 15u * step, t, sum.a7.z * scale); put(b, mirror + 15u * step, t, sum.a7.w * scale);
    if (lane == 0u) { put(b, POINTS, t, top * scale); }
}
