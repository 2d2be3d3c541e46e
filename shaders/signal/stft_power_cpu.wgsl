// y[b,k,t] = mean over j < blocks of |X[b, k, t blocks + j]|^2, X as in stft
//
// x (B,L)    windows (R,n_fft)    rows (T blocks) words    y (B,F,T) or (B,T,F + tail), F = n_fft / 2 + 1
// The 8 lanes of a subgroup own FRAMES neighbouring frames of y, one after the other: all that they share stays in registers. Only
// frames inside the signal. Admitted on processors with subgroups of 8. Writes.
// use: lib/frames_lanes

@group(0) @binding(0) var<uniform> params: FrameParams;
@group(0) @binding(1) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

override BLOCKED: bool = false;    // more than one frame of x for a frame of y
override ALIKE: bool = false;      // there is one window

fn add_power(a: Power, b: Power) -> Power {
    return Power(add8(a.p0, b.p0), add8(a.p1, b.p1), add8(a.p2, b.p2), add8(a.p3, b.p3), a.middle + b.middle);
}

// Where a lane's bins lie in y: slot 0 of q and q + 8, and their mirror images.
struct Places { low: u32, high: u32, low_mirror: u32, high_mirror: u32, step: u32, scale: f32 }

fn put4(at: Places, n: u32, p: vec4<f32>) {
    y[at.low + n * at.step] = p.x * at.scale;
    y[at.high + n * at.step] = p.y * at.scale;
    y[at.low_mirror - n * at.step] = p.z * at.scale;
    y[at.high_mirror - n * at.step] = p.w * at.scale;
}

fn put8(at: Places, g: u32, e: Eight) {
    if (g != 0u) { put4(at, 8u * g, e.a0); }
    put4(at, 8u * g + 1u, e.a1);
    put4(at, 8u * g + 2u, e.a2);
    put4(at, 8u * g + 3u, e.a3);
    if (R == 1u) { return; }
    put4(at, 8u * g + 4u, e.a4);
    put4(at, 8u * g + 5u, e.a5);
    put4(at, 8u * g + 6u, e.a6);
    put4(at, 8u * g + 7u, e.a7);
}

@compute @workgroup_size(8)
fn stft_power_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = lane_of(index);
    let group = group_of(wg, groups);
    var window: Slots;
    if (ALIKE) { window = window_of(0u, index); }
    for (var i = group.begin; i < group.end; i++) {
        let b = i / params.count;
        let t = params.first + i % params.count;
        let begin = t * params.blocks;
        let end = begin + params.blocks;
        var p: Power;
        for (var k = begin; ; ) {
            // A branch on whether the window is still the same would cost more than to read it again.
            if (!ALIKE) { window = window_of(rows[k], index); }
            let next = power_of(lane, windowed(frame_of(b * params.samples, start_of(k), index), window));
            if (!BLOCKED) { p = next; break; }
            p = add_power(p, next);
            k++;
            if (k >= end) { break; }
        }
        let base = b * params.y_signal + t * params.y_frame;
        let low = base + J * lane.q * params.y_bin;
        let top = base + POINTS * params.y_bin;
        let mirror = base + (POINTS - J * lane.q) * params.y_bin;
        let half = POINTS / 2u * params.y_bin;
        let at = Places(low, low + half, mirror, mirror - half, params.y_bin, 1.0 / f32(params.blocks));
        put8(at, 0u, p.p0);
        if (R >= 4u) { put8(at, 1u, p.p1); }
        if (R >= 8u) { put8(at, 2u, p.p2); put8(at, 3u, p.p3); }
        y[at.low] = p.p0.a0.x * at.scale;
        y[at.high] = p.p0.a0.y * at.scale;
        y[at.low + J / 2u * at.step] = p.middle.x * at.scale;
        y[at.high + J / 2u * at.step] = p.middle.y * at.scale;
        if (index == 0u) { y[top] = p.p0.a0.z * at.scale; }
        if (index < params.tail) { y[top + (1u + index) * params.y_bin] = 0.0; }
    }
}
