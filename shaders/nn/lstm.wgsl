// h[t] = o tanh(c[t])    c[t] = f c[t-1] + i g    i = s(p_i)    f = s(p_f)    g = tanh(p_g)    o = s(p_o)    p = gates + weight h[t-1] + bias
//
// gates (T,N,4,H) in the order i, f, g, o    start (N,2,H): h[-1], c[-1]    weight turned (H,4,H4) vec4 along units    bias (4,H)
// y (T,N,2,H): h and c
// One invocation owns four units of four rows of the batch at every step, and writes each once; a workgroup goes through all steps and
// shares its rows' last h. s is the logistic function.
// use: lib/recurrent_layer

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> start: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

// A gate's number but for what the state gives.
fn from_input(spot: Spot, t: u32, gate: u32, unit: u32) -> vec4<f32> {
    return gate_of(spot, t, 4u, gate, unit) + bias_of(spot, gate, unit);
}

struct State { h: vec4<f32>, c: vec4<f32> }

// One unit's next state, written.
fn stepped(spot: Spot, t: u32, unit: u32, i: vec4<f32>, f: vec4<f32>, g: vec4<f32>, o: vec4<f32>, before: vec4<f32>) -> State {
    let kept = sigmoid4(from_input(spot, t, 1u, unit) + f) * before;
    let c = kept + sigmoid4(from_input(spot, t, 0u, unit) + i) * hyperbolic_tangent(from_input(spot, t, 2u, unit) + g);
    let h = sigmoid4(from_input(spot, t, 3u, unit) + o) * hyperbolic_tangent(c);
    put(spot, t, 2u, 0u, unit, h);
    put(spot, t, 2u, 1u, unit, c);
    return State(h, c);
}

@compute @workgroup_size(WG)
fn lstm(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    var h = starts_of(spot, 2u, 0u);
    var c = starts_of(spot, 2u, 1u);
    for (var t = params.first; t < params.end; t++) {
        share(spot, h);
        if (spot.busy) {
            let none = mat4x4<f32>(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
            let row4 = 4u * params.units4;
            let i = product(none, lid, row4);
            let f = product(none, lid + params.units4, row4);
            let g = product(none, lid + 2u * params.units4, row4);
            let o = product(none, lid + 3u * params.units4, row4);
            let s0 = stepped(spot, t, 0u, i[0], f[0], g[0], o[0], c[0]);
            let s1 = stepped(spot, t, 1u, i[1], f[1], g[1], o[1], c[1]);
            let s2 = stepped(spot, t, 2u, i[2], f[2], g[2], o[2], c[2]);
            let s3 = stepped(spot, t, 3u, i[3], f[3], g[3], o[3], c[3]);
            h = mat4x4<f32>(s0.h, s1.h, s2.h, s3.h);
            c = mat4x4<f32>(s0.c, s1.c, s2.c, s3.c);
        }
    }
}
