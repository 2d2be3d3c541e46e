// The gradient of gru. With e = dy[t] + d[t+1,y]:    d[t,z] = e (y[t-1] - n) z (1 - z)    d[t,n] = e (1 - z) (1 - n^2)    d[t,u] = d[t,n] r
// d[t,r] = d[t,n] u_n r (1 - r)    d[t,y] = e z + sum over gates of weight^T (d[t,r], d[t,z], d[t,u])
//
// gates, hidden (T,N,3,H): g and u of gru, u with its bias    y, dy (T,N,H)    start (N,H)    weight (3,H,H4) vec4 along the units of y[t-1]
// d (T,N,5,H): of g_r and u_r, of g_z and u_z, of g_n, of u_n, and of y[t-1] or start
// One invocation owns four units of four rows of the batch at every step, and writes each of the five once; a workgroup goes back
// through all steps and shares its rows' gradients, a gate after the other.
// use: lib/recurrent_gates

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> hidden: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> start: array<f32>;
@group(0) @binding(5) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> dy: array<f32>;
@group(0) @binding(7) var<storage, read_write> d: array<f32>;

override WG: u32 = 64;

fn hidden_of(spot: Spot, t: u32, gate: u32, unit: u32) -> vec4<f32> {
    let at = places(spot, t, 3u, gate, unit);
    return vec4(hidden[at.x], hidden[at.y], hidden[at.z], hidden[at.w]);
}

// One unit's gradients, of which the first three go back through the weights.
struct Turn { r: vec4<f32>, z: vec4<f32>, u: vec4<f32>, y: vec4<f32> }

fn turned(spot: Spot, t: u32, unit: u32, later: vec4<f32>) -> Turn {
    let u = hidden_of(spot, t, 2u, unit);
    let r = sigmoid4(gate_of(spot, t, 3u, 0u, unit) + hidden_of(spot, t, 0u, unit));
    let z = sigmoid4(gate_of(spot, t, 3u, 1u, unit) + hidden_of(spot, t, 1u, unit));
    let n = hyperbolic_tangent(gate_of(spot, t, 3u, 2u, unit) + r * u);
    let before = state_before(spot, t, 1u, 0u, unit);
    let e = later + dy_of(spot, t, 1u, 0u, unit);
    let dn = e * (1.0 - z) * (1.0 - n * n);
    let turn = Turn(dn * u * r * (1.0 - r), e * (before - n) * z * (1.0 - z), dn * r, e * z);
    put(spot, t, 5u, 0u, unit, turn.r);
    put(spot, t, 5u, 1u, unit, turn.z);
    put(spot, t, 5u, 2u, unit, dn);
    put(spot, t, 5u, 3u, unit, turn.u);
    return turn;
}

@compute @workgroup_size(WG)
fn gru_grad_gates(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let gate = params.units * params.units4;
    var carry = later_of(spot, 5u, 4u);
    for (var t = params.end - 1u; t + 1u > params.first; t--) {
        let a = turned(spot, t, 0u, carry[0]);
        let b = turned(spot, t, 1u, carry[1]);
        let c = turned(spot, t, 2u, carry[2]);
        let e = turned(spot, t, 3u, carry[3]);
        carry = mat4x4<f32>(a.y, b.y, c.y, e.y);
        share(spot, mat4x4<f32>(a.r, b.r, c.r, e.r));
        if (spot.busy) { carry = product(carry, lid, params.units4); }
        share(spot, mat4x4<f32>(a.z, b.z, c.z, e.z));
        if (spot.busy) { carry = product(carry, lid + gate, params.units4); }
        share(spot, mat4x4<f32>(a.u, b.u, c.u, e.u));
        if (spot.busy) { carry = product(carry, lid + 2u * gate, params.units4); }
        put(spot, t, 5u, 4u, 0u, carry[0]);
        put(spot, t, 5u, 4u, 1u, carry[1]);
        put(spot, t, 5u, 4u, 2u, carry[2]);
        put(spot, t, 5u, 4u, 3u, carry[3]);
    }
}
