// y[t] = tanh(g[t] + weight y[t-1] + bias)    y[-1] = start
//
// gates g (T,N,H)    start (N,H)    weight turned (H,H4) vec4 along units    bias (H)    y (T,N,H)
// One invocation owns four units of four rows of the batch at every step, and writes each once; a workgroup goes through all steps and
// shares its rows' last y.
// use: lib/recurrent_layer

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> start: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

// One unit's next value, written.
fn stepped(spot: Spot, t: u32, unit: u32, u: vec4<f32>) -> vec4<f32> {
    let now = hyperbolic_tangent(gate_of(spot, t, 1u, 0u, unit) + u + bias_of(spot, 0u, unit));
    put(spot, t, 1u, 0u, unit, now);
    return now;
}

@compute @workgroup_size(WG)
fn rnn(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let none = mat4x4<f32>(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var h = starts_of(spot, 1u, 0u);
    for (var t = params.first; t < params.end; t++) {
        share(spot, h);
        if (spot.busy) {
            let u = product(none, lid, params.units4);
            h = mat4x4<f32>(stepped(spot, t, 0u, u[0]), stepped(spot, t, 1u, u[1]), stepped(spot, t, 2u, u[2]), stepped(spot, t, 3u, u[3]));
        }
    }
}
