// y[t] = tanh(g[t] + weight y[t-1] + bias)    y[-1] = start
//
// gates g (T,N,H/4) vec4    start (N,H/4) vec4    weight packed (panels, H, 32/4) vec4 along units    bias (H/4) vec4    y (T,N,H/4) vec4
// One lane owns a row of the batch at every step, and writes each unit once, but for those of the last step, where start lies until then.
// Admitted on processors with subgroups of 8.
// use: lib/recurrent_lanes

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> start: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn operand(at: u32) -> vec4<f32> {
    return y[at];
}

// Four units' next values, written to the places `now`, where the row's gates lie too.
fn step(spot: Spot, now: u32, unit4: u32, u: vec4<f32>) {
    if (!spot.there || unit4 >= params.units4) { return; }
    y[now + unit4] = hyperbolic_tangent(gates[now + unit4] + u + bias[unit4]);
}

@compute @workgroup_size(8)
fn rnn_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let last = place(spot, params.steps - 1u, 1u, 0u);
    if (spot.there && params.first == 0u) {
        let first = place(spot, 0u, 1u, 0u);
        for (var u = 0u; u < params.units4; u++) { y[last + u] = start[first + u]; }
    }
    for (var t = params.first; t < params.end; t++) {
        let before = select(place(spot, max(t, 1u) - 1u, 1u, 0u), last, t == 0u);
        let now = place(spot, t, 1u, 0u);
        var w = 0u;
        for (var u = 0u; u < params.units4; u += 8u) {
            let sum = product(spot, no_panel(), before, w);
            step(spot, now, u, sum.a[0]);
            step(spot, now, u + 1u, sum.a[1]);
            step(spot, now, u + 2u, sum.a[2]);
            step(spot, now, u + 3u, sum.a[3]);
            step(spot, now, u + 4u, sum.b[0]);
            step(spot, now, u + 5u, sum.b[1]);
            step(spot, now, u + 6u, sum.b[2]);
            step(spot, now, u + 7u, sum.b[3]);
            w += params.units * 8u;
        }
    }
}
