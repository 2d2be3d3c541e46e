// y[t] = (1 - z) n + z y[t-1]    r = s(g_r + u_r)    z = s(g_z + u_z)    n = tanh(g_n + r u_n)    u = weight y[t-1] + bias, y[-1] = start
//
// gates g (T,N,3,H/4) vec4 in the order r, z, n    start (N,H/4) vec4    weight packed (3, panels, H, 32/4) vec4 along units
// bias (3,H/4) vec4    y (T,N,H/4) vec4
// One lane owns a row of the batch at every step, and writes each unit once, but for those of the last step, where start lies until then.
// s is the logistic function. Admitted on processors with subgroups of 8.
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

// Four units' next values from what lies in the places `before`, written to those of `now`; `own` are the row's gates.
fn step(spot: Spot, own: u32, before: u32, now: u32, unit4: u32, ur: vec4<f32>, uz: vec4<f32>, un: vec4<f32>) {
    if (!spot.there || unit4 >= params.units4) { return; }
    let width = params.units4;
    let r = sigmoid4(gates[own + unit4] + ur + bias[unit4]);
    let z = sigmoid4(gates[own + width + unit4] + uz + bias[width + unit4]);
    let n = hyperbolic_tangent(gates[own + 2u * width + unit4] + r * (un + bias[2u * width + unit4]));
    y[now + unit4] = (1.0 - z) * n + z * y[before + unit4];
}

@compute @workgroup_size(8)
fn gru_cpu(
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
    let panels = (params.units4 + 7u) / 8u;
    let gate = panels * params.units * 8u;
    for (var t = params.first; t < params.end; t++) {
        let before = select(place(spot, max(t, 1u) - 1u, 1u, 0u), last, t == 0u);
        let now = place(spot, t, 1u, 0u);
        let own = place(spot, t, 3u, 0u);
        var w = 0u;
        for (var u = 0u; u < params.units4; u += 8u) {
            let r = product(spot, no_panel(), before, w);
            let z = product(spot, no_panel(), before, w + gate);
            let n = product(spot, no_panel(), before, w + 2u * gate);
            step(spot, own, before, now, u, r.a[0], z.a[0], n.a[0]);
            step(spot, own, before, now, u + 1u, r.a[1], z.a[1], n.a[1]);
            step(spot, own, before, now, u + 2u, r.a[2], z.a[2], n.a[2]);
            step(spot, own, before, now, u + 3u, r.a[3], z.a[3], n.a[3]);
            step(spot, own, before, now, u + 4u, r.b[0], z.b[0], n.b[0]);
            step(spot, own, before, now, u + 5u, r.b[1], z.b[1], n.b[1]);
            step(spot, own, before, now, u + 6u, r.b[2], z.b[2], n.b[2]);
            step(spot, own, before, now, u + 7u, r.b[3], z.b[3], n.b[3]);
            w += params.units * 8u;
        }
    }
}
