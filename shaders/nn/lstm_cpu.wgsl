// h[t] = o tanh(c[t])    c[t] = f c[t-1] + i g    i = s(p_i)    f = s(p_f)    g = tanh(p_g)    o = s(p_o)    p = gates + weight h[t-1] + bias
//
// gates (T,N,4,H/4) vec4 in the order i, f, g, o    start (N,2,H/4) vec4: h[-1], c[-1]    weight packed (4, panels, H, 32/4) vec4 along units
// bias (4,H/4) vec4    y (T,N,2,H/4) vec4: h and c
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

// Four units' next state from what lies in the places `before`, written to those of `now`; `own` are the row's gates.
fn step(spot: Spot, own: u32, before: u32, now: u32, unit4: u32, i: vec4<f32>, f: vec4<f32>, g: vec4<f32>, o: vec4<f32>) {
    if (!spot.there || unit4 >= params.units4) { return; }
    let width = params.units4;
    let at = own + unit4;
    let kept = sigmoid4(gates[at + width] + bias[width + unit4] + f) * y[before + width + unit4];
    let fresh = sigmoid4(gates[at] + bias[unit4] + i) * hyperbolic_tangent(gates[at + 2u * width] + bias[2u * width + unit4] + g);
    let c = kept + fresh;
    y[now + unit4] = sigmoid4(gates[at + 3u * width] + bias[3u * width + unit4] + o) * hyperbolic_tangent(c);
    y[now + width + unit4] = c;
}

@compute @workgroup_size(8)
fn lstm_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let last = place(spot, params.steps - 1u, 2u, 0u);
    if (spot.there && params.first == 0u) {
        let first = place(spot, 0u, 2u, 0u);
        for (var u = 0u; u < 2u * params.units4; u++) { y[last + u] = start[first + u]; }
    }
    let panels = (params.units4 + 7u) / 8u;
    let gate = panels * params.units * 8u;
    for (var t = params.first; t < params.end; t++) {
        let before = select(place(spot, max(t, 1u) - 1u, 2u, 0u), last, t == 0u);
        let now = place(spot, t, 2u, 0u);
        let own = place(spot, t, 4u, 0u);
        var w = 0u;
        for (var u = 0u; u < params.units4; u += 8u) {
            let i = product(spot, no_panel(), before, w);
            let f = product(spot, no_panel(), before, w + gate);
            let g = product(spot, no_panel(), before, w + 2u * gate);
            let o = product(spot, no_panel(), before, w + 3u * gate);
            step(spot, own, before, now, u, i.a[0], f.a[0], g.a[0], o.a[0]);
            step(spot, own, before, now, u + 1u, i.a[1], f.a[1], g.a[1], o.a[1]);
            step(spot, own, before, now, u + 2u, i.a[2], f.a[2], g.a[2], o.a[2]);
            step(spot, own, before, now, u + 3u, i.a[3], f.a[3], g.a[3], o.a[3]);
            step(spot, own, before, now, u + 4u, i.b[0], f.b[0], g.b[0], o.b[0]);
            step(spot, own, before, now, u + 5u, i.b[1], f.b[1], g.b[1], o.b[1]);
            step(spot, own, before, now, u + 6u, i.b[2], f.b[2], g.b[2], o.b[2]);
            step(spot, own, before, now, u + 7u, i.b[3], f.b[3], g.b[3], o.b[3]);
            w += params.units * 8u;
        }
    }
}
