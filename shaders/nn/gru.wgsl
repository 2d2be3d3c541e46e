// y[t] = (1 - z) n + z y[t-1]    r = s(g_r + u_r)    z = s(g_z + u_z)    n = tanh(g_n + r u_n)    u = weight y[t-1] + bias, y[-1] = start
//
// gates g (T,N,3,H) in the order r, z, n    start (N,H)    weight turned (H,3,H4) vec4 along units    bias (3,H)    y (T,N,H)
// One invocation owns four units of four rows of the batch at every step, and writes each once; a workgroup goes through all steps and
// shares its rows' last y. s is the logistic function.
// use: lib/recurrent_layer

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> start: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

// One unit's next value, written.
fn stepped(spot: Spot, t: u32, unit: u32, ur: vec4<f32>, uz: vec4<f32>, un: vec4<f32>, before: vec4<f32>) -> vec4<f32> {
    let r = sigmoid4(gate_of(spot, t, 3u, 0u, unit) + ur + bias_of(spot, 0u, unit));
    let z = sigmoid4(gate_of(spot, t, 3u, 1u, unit) + uz + bias_of(spot, 1u, unit));
    let n = hyperbolic_tangent(gate_of(spot, t, 3u, 2u, unit) + r * (un + bias_of(spot, 2u, unit)));
    let now = (1.0 - z) * n + z * before;
    put(spot, t, 1u, 0u, unit, now);
    return now;
}

@compute @workgroup_size(WG)
fn gru(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    var h = starts_of(spot, 1u, 0u);
    for (var t = params.first; t < params.end; t++) {
        share(spot, h);
        if (spot.busy) {
            let none = mat4x4<f32>(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
            let row4 = 3u * params.units4;
            let r = product(none, lid, row4);
            let z = product(none, lid + params.units4, row4);
            let n = product(none, lid + 2u * params.units4, row4);
            h = mat4x4<f32>(
                stepped(spot, t, 0u, r[0], z[0], n[0], h[0]), stepped(spot, t, 1u, r[1], z[1], n[1], h[1]),
                stepped(spot, t, 2u, r[2], z[2], n[2], h[2]), stepped(spot, t, 3u, r[3], z[3], n[3], h[3]),
            );
        }
    }
}
