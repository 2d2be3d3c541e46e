// y[b,k,t] = mean over j < blocks of |X[b, k, t blocks + j]|^2, X as in stft
//
// x (B,L)    windows (R,n_fft)    rows (T blocks) words    y (B,F,T) or (B,T,F + tail), F = n_fft / 2 + 1
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

override BLOCKED: bool = false;    // more than one frame of x for a frame of y

// Squares of results n and n + 1: those of the two columns, then those of the next result.
fn squares(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    let s = a * a;
    let t = b * b;
    return vec4(s.xz + s.yw, t.xz + t.yw);
}

// |X|^2 of a lane's bins, and that of the highest bin, which only lane 0 has.
struct Power { bins: Eight, top: f32 }

fn power(lane: u32, base: u32, b: u32, t: u32) -> Power {
    let points = frame(lane, b, t);
    // The frame before has to be read by all.
    if (BLOCKED) { workgroupBarrier(); }
    first_pass(lane, base, points);
    middle_pass(lane, base);
    let z = mirrored_pass(lane, base);
    let r = bins(lane, z, table[24u * LANES + lane]);
    let x = r.lo;
    let y = r.hi;
    let top = z.lo.a0.x - z.lo.a0.y;
    return Power(
        Eight(
            squares(x.a0, y.a0), squares(x.a1, y.a1), squares(x.a2, y.a2), squares(x.a3, y.a3),
            squares(x.a4, y.a4), squares(x.a5, y.a5), squares(x.a6, y.a6), squares(x.a7, y.a7),
        ),
        top * top,
    );
}

fn put(b: u32, k: u32, t: u32, value: f32) {
    if (k % STRETCH != 0u) { return; }
    y[b * params.y_signal + k / STRETCH * params.y_bin + t * params.y_frame] = value;
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

    var sum: Power;
    if (BLOCKED) {
        for (var j = 0u; j < params.blocks; j++) {
            let next = power(lane, base, b, t * params.blocks + j);
            sum = Power(add8(sum.bins, next.bins), sum.top + next.top);
        }
    } else {
        sum = power(lane, base, b, t);
    }

    if (!inside) { return; }
    let mirror = select(2u * LANES - lane, LANES, lane == 0u);
    let step = 2u * LANES;
    let scale = 1.0 / f32(params.blocks);
    put(b, lane + 0u * step, t, sum.bins.a0.x * scale); put(b, mirror + 0u * step, t, sum.bins.a0.y * scale);
    put(b, lane + 1u * step, t, sum.bins.a0.z * scale); put(b, mirror + 1u * step, t, sum.bins.a0.w * scale);
    put(b, lane + 2u * step, t, sum.bins.a1.x * scale); put(b, mirror + 2u * step, t, sum.bins.a1.y * scale);
    put(b, lane + 3u * step, t, sum.bins.a1.z * scale); put(b, mirror + 3u * step, t, sum.bins.a1.w * scale);
    put(b, lane + 4u * step, t, sum.bins.a2.x * scale); put(b, mirror + 4u * step, t, sum.bins.a2.y * scale);
    put(b, lane + 5u * step, t, sum.bins.a2.z * scale); put(b, mirror + 5u * step, t, sum.bins.a2.w * scale);
    put(b, lane + 6u * step, t, sum.bins.a3.x * scale); put(b, mirror + 6u * step, t, sum.bins.a3.y * scale);
    put(b, lane + 7u * step, t, sum.bins.a3.z * scale); put(b, mirror + 7u * step, t, sum.bins.a3.w * scale);
    put(b, lane + 8u * step, t, sum.bins.a4.x * scale); put(b, mirror + 8u * step, t, sum.bins.a4.y * scale);
    put(b, lane + 9u * step, t, sum.bins.a4.z * scale); put(b, mirror + 9u * step, t, sum.bins.a4.w * scale);
    put(b, lane + 10u * step, t, sum.bins.a5.x * scale); put(b, mirror + 10u * step, t, sum.bins.a5.y * scale);
    put(b, lane + 11u * step, t, sum.bins.a5.z * scale); put(b, mirror + 11u * step, t, sum.bins.a5.w * scale);
    put(b, lane + 12u * step, t, sum.bins.a6.x * scale); put(b, mirror + 12u * step, t, sum.bins.a6.y * scale);
    put(b, lane + 13u * step, t, sum.bins.a6.z * scale); put(b, mirror + 13u * step, t, sum.bins.a6.w * scale);
    put(b, lane + 14u * step, t, sum.bins.a7.x * scale); put(b, mirror + 14u * step, t, sum.bins.a7.y * scale);
    put(b, lane + 15u * step, t, sum.bins.a7.z * scale); put(b, mirror + 15u * step, t, sum.bins.a7.w * scale);
    if (lane == 0u) { put(b, POINTS, t, sum.top * scale); }
    if (lane < params.tail) { put(b, POINTS + (1u + lane) * STRETCH, t, 0.0); }
}
