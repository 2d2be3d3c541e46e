// The gradient of lstm. With e = dh[t] + d[t+1,h] and k = dc[t] + d[t+1,c] + e o (1 - tanh(c[t])^2):
// d[t,i] = k g i (1 - i)    d[t,f] = k c[t-1] f (1 - f)    d[t,g] = k i (1 - g^2)    d[t,o] = e tanh(c[t]) o (1 - o)
// d[t,h] = sum over gates of weight^T d[t,gate]    d[t,c] = k f
//
// gates (T,N,4,H): p of lstm    y, dy (T,N,2,H): h and c    start (N,2,H)    weight (4,H,H4) vec4 along the units of h[t-1]
// d (T,N,6,H): of p_i, p_f, p_g, p_o, and of h[t-1] and c[t-1] or start
// One invocation owns four units of four rows of the batch at every step, and writes each of the six once; a workgroup goes back
// through all steps and shares its rows' gradients, a gate after the other.
// use: lib/recurrent_gates

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> start: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> d: array<f32>;

override WG: u32 = 64;

// One unit's gradients: of the gates, and of c[t-1].
struct Turn { i: vec4<f32>, f: vec4<f32>, g: vec4<f32>, o: vec4<f32>, c: vec4<f32> }

fn turned(spot: Spot, t: u32, unit: u32, later_h: vec4<f32>, later_c: vec4<f32>) -> Turn {
    let i = sigmoid4(gate_of(spot, t, 4u, 0u, unit));
    let f = sigmoid4(gate_of(spot, t, 4u, 1u, unit));
    let g = hyperbolic_tangent(gate_of(spot, t, 4u, 2u, unit));
    let o = sigmoid4(gate_of(spot, t, 4u, 3u, unit));
    let bent = hyperbolic_tangent(state_of(spot, t, 2u, 1u, unit));
    let e = later_h + dy_of(spot, t, 2u, 0u, unit);
    let k = later_c + dy_of(spot, t, 2u, 1u, unit) + e * o * (1.0 - bent * bent);
    let turn = Turn(
        k * g * i * (1.0 - i), k * state_before(spot, t, 2u, 1u, unit) * f * (1.0 - f), k * i * (1.0 - g * g), e * bent * o * (1.0 - o), k * f,
    );
    put(spot, t, 6u, 0u, unit, turn.i);
    put(spot, t, 6u, 1u, unit, turn.f);
    put(spot, t, 6u, 2u, unit, turn.g);
    put(spot, t, 6u, 3u, unit, turn.o);
    put(spot, t, 6u, 5u, unit, turn.c);
    return turn;
}

@compute @workgroup_size(WG)
fn lstm_grad_gates(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let gate = params.units * params.units4;
    let none = mat4x4<f32>(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    var dh = later_of(spot, 6u, 4u);
    var dc = later_of(spot, 6u, 5u);
    for (var t = params.end - 1u; t + 1u > params.first; t--) {
        let a = turned(spot, t, 0u, dh[0], dc[0]);
        let b = turned(spot, t, 1u, dh[1], dc[1]);
        let c = turned(spot, t, 2u, dh[2], dc[2]);
        let e = turned(spot, t, 3u, dh[3], dc[3]);
        dc = mat4x4<f32>(a.c, b.c, c.c, e.c);
        dh = none;
        share(spot, mat4x4<f32>(a.i, b.i, c.i, e.i));
        if (spot.busy) { dh = product(dh, lid, params.units4); }
        share(spot, mat4x4<f32>(a.f, b.f, c.f, e.f));
        if (spot.busy) { dh = product(dh, lid + gate, params.units4); }
        share(spot, mat4x4<f32>(a.g, b.g, c.g, e.g));
        if (spot.busy) { dh = product(dh, lid + 2u * gate, params.units4); }
        share(spot, mat4x4<f32>(a.o, b.o, c.o, e.o));
        if (spot.busy) { dh = product(dh, lid + 3u * gate, params.units4); }
        put(spot, t, 6u, 4u, 0u, dh[0]);
        put(spot, t, 6u, 4u, 1u, dh[1]);
        put(spot, t, 6u, 4u, 2u, dh[2]);
        put(spot, t, 6u, 4u, 3u, dh[3]);
    }
}
