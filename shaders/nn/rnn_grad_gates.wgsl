// The gradient of rnn. d[t,g] = (dy[t] + d[t+1,y]) (1 - y[t]^2)    d[t,y] = weight^T d[t,g]
//
// y, dy (T,N,H)    weight (H,H4) vec4 along the units of y[t-1]    d (T,N,2,H): of g, and of y[t-1] or start
// One invocation owns four units of four rows of the batch at every step, and writes both once; a workgroup goes back through all steps
// and shares its rows' gradients.
// use: lib/recurrent_back

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> d: array<f32>;

override WG: u32 = 64;

// One unit's gradient, written.
fn turned(spot: Spot, t: u32, unit: u32, later: vec4<f32>) -> vec4<f32> {
    let now = state_of(spot, t, 1u, 0u, unit);
    let dg = (later + dy_of(spot, t, 1u, 0u, unit)) * (1.0 - now * now);
    put(spot, t, 2u, 0u, unit, dg);
    return dg;
}

@compute @workgroup_size(WG)
fn rnn_grad_gates(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let none = mat4x4<f32>(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var carry = later_of(spot, 2u, 1u);
    for (var t = params.end - 1u; t + 1u > params.first; t--) {
        share(spot, mat4x4<f32>(
            turned(spot, t, 0u, carry[0]), turned(spot, t, 1u, carry[1]), turned(spot, t, 2u, carry[2]), turned(spot, t, 3u, carry[3]),
        ));
        if (spot.busy) { carry = product(none, lid, params.units4); }
        put(spot, t, 2u, 1u, 0u, carry[0]);
        put(spot, t, 2u, 1u, 1u, carry[1]);
        put(spot, t, 2u, 1u, 2u, carry[2]);
        put(spot, t, 2u, 1u, 3u, carry[3]);
    }
}
