// y[b,t,k] = |X[b,k,t]|^2, X as in stft, all frames with the same window
//
// x (B,L)    windows (1,n_fft)    y (B,T,F/4+1) vec4, F = n_fft / 2; behind the highest bin stand zeros
// As stft_power_cpu, but a lane's neighbouring bins are written together. Writes.
// use: lib/frames_lanes

@group(0) @binding(0) var<uniform> params: FrameParams;
@group(0) @binding(1) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

// Eight slots, and the one behind them.
fn put8(lane: Lane, row: u32, g: u32, p: Eight, next: vec4<f32>) {
    let half = POINTS / 8u;
    let low = row + (J * lane.q + 8u * g) / 4u;
    let mirror = row + (POINTS - J * lane.q - 8u * g) / 4u - 1u;
    y[low] = vec4(p.a0.x, p.a1.x, p.a2.x, p.a3.x);
    y[low + half] = vec4(p.a0.y, p.a1.y, p.a2.y, p.a3.y);
    y[mirror] = vec4(p.a4.z, p.a3.z, p.a2.z, p.a1.z);
    y[mirror - half] = vec4(p.a4.w, p.a3.w, p.a2.w, p.a1.w);
    if (R == 1u) { return; }
    y[low + 1u] = vec4(p.a4.x, p.a5.x, p.a6.x, p.a7.x);
    y[low + half + 1u] = vec4(p.a4.y, p.a5.y, p.a6.y, p.a7.y);
    y[mirror - 1u] = vec4(next.z, p.a7.z, p.a6.z, p.a5.z);
    y[mirror - half - 1u] = vec4(next.w, p.a7.w, p.a6.w, p.a5.w);
}

@compute @workgroup_size(8)
fn stft_power_rows_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = lane_of(index);
    let group = group_of(wg, groups);
    let window = window_of(0u, index);
    var points: Slots;
    if (SLIDE != 0u) {
        let i = min(group.begin, params.count - 1u);
        points = frame_of(0u, start_of(params.first + i), index);
    }
    for (var i = group.begin; i < group.end; i++) {
        let b = i / params.count;
        let t = params.first + i % params.count;
        if (SLIDE == 0u) { points = frame_of(b * params.samples, start_of(t), index); }
        let p = power_of(lane, windowed(points, window));
        let row = (b * params.y_signal + t * params.y_frame) / 4u;
        if (R <= 2u) { put8(lane, row, 0u, p.p0, p.middle); }
        if (R == 4u) {
            put8(lane, row, 0u, p.p0, p.p1.a0);
            put8(lane, row, 1u, p.p1, p.middle);
        }
        if (R == 8u) {
            put8(lane, row, 0u, p.p0, p.p1.a0);
            put8(lane, row, 1u, p.p1, p.p2.a0);
            put8(lane, row, 2u, p.p2, p.p3.a0);
            put8(lane, row, 3u, p.p3, p.middle);
        }
        if (index == 0u) { y[row + POINTS / 4u] = vec4(p.p0.a0.z, 0.0, 0.0, 0.0); }
        // One signal alone, as its frames follow each other. Behind the last one stays what is there.
        if (SLIDE != 0u) { points = next_frame(points, start_of(min(t + 1u, params.first + params.count - 1u)), index); }
    }
}
