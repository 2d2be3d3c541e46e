// The gradient of lstm. With e = dh[t] + d[t+1,h] and k = dc[t] + d[t+1,c] + e o (1 - tanh(c[t])^2):
// d[t,i] = k g i (1 - i)    d[t,f] = k c[t-1] f (1 - f)    d[t,g] = k i (1 - g^2)    d[t,o] = e tanh(c[t]) o (1 - o)
// d[t,h] = sum over gates of weight^T d[t,gate]    d[t,c] = k f
//
// gates (T,N,4,H/4) vec4: p of lstm    y, dy (T,N,2,H/4) vec4: h and c    start (N,2,H/4) vec4
// weight packed (panels, 4, H, 32/4) vec4 along the units of h[t-1]
// d (T,N,6,H/4) vec4: of p_i, p_f, p_g, p_o, and of h[t-1] and c[t-1] or start
// One lane owns a row of the batch at every step, and writes each of the six once. Admitted on processors with subgroups of 8.
// use: lib/recurrent_lanes

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> start: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d: array<vec4<f32>>;

fn operand(at: u32) -> vec4<f32> {
    return d[at];
}

// Four units' gradients but for that of h[t-1], which goes through the weights.
fn turn(spot: Spot, t: u32, unit4: u32) {
    let width = params.units4;
    let at = place(spot, t, 4u, 0u) + unit4;
    let i = sigmoid4(gates[at]);
    let f = sigmoid4(gates[at + width]);
    let g = hyperbolic_tangent(gates[at + 2u * width]);
    let o = sigmoid4(gates[at + 3u * width]);
    let state = place(spot, t, 2u, 0u) + unit4;
    let bent = hyperbolic_tangent(y[state + width]);
    let first = t == 0u;
    let before = select(y[place(spot, max(t, 1u) - 1u, 2u, 1u) + unit4], start[place(spot, 0u, 2u, 1u) + unit4], first);
    let last = t + 1u == params.steps;
    let later = place(spot, select(t + 1u, t, last), 6u, 4u) + unit4;
    let e = select(d[later], vec4(0.0), last) + dy[state];
    let k = select(d[later + width], vec4(0.0), last) + dy[state + width] + e * o * (1.0 - bent * bent);
    let to = place(spot, t, 6u, 0u) + unit4;
    d[to] = k * g * i * (1.0 - i);
    d[to + width] = k * before * f * (1.0 - f);
    d[to + 2u * width] = k * i * (1.0 - g * g);
    d[to + 3u * width] = e * bent * o * (1.0 - o);
    d[to + 5u * width] = k * f;
}

fn put(spot: Spot, to: u32, unit4: u32, values: vec4<f32>) {
    if (spot.there && unit4 < params.units4) { d[to + unit4] = values; }
}

@compute @workgroup_size(8)
fn lstm_grad_gates_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    let gate = params.units * 8u;
    for (var t = params.end - 1u; t + 1u > params.first; t--) {
        if (spot.there) {
            for (var u = 0u; u < params.units4; u++) { turn(spot, t, u); }
        }
        let own = place(spot, t, 6u, 0u);
        let to = place(spot, t, 6u, 4u);
        var w = 0u;
        for (var u = 0u; u < params.units4; u += 8u) {
            var sum = product(spot, no_panel(), own, w);
            sum = product(spot, sum, own + params.units4, w + gate);
            sum = product(spot, sum, own + 2u * params.units4, w + 2u * gate);
            sum = product(spot, sum, own + 3u * params.units4, w + 3u * gate);
            put(spot, to, u, sum.a[0]);
            put(spot, to, u + 1u, sum.a[1]);
            put(spot, to, u + 2u, sum.a[2]);
            put(spot, to, u + 3u, sum.a[3]);
            put(spot, to, u + 4u, sum.b[0]);
            put(spot, to, u + 5u, sum.b[1]);
            put(spot, to, u + 6u, sum.b[2]);
            put(spot, to, u + 7u, sum.b[3]);
            w += 4u * gate;
        }
    }
}
