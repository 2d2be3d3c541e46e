// The gradient of gru. With e = dy[t] + d[t+1,y]:    d[t,z] = e (y[t-1] - n) z (1 - z)    d[t,n] = e (1 - z) (1 - n^2)    d[t,u] = d[t,n] r
// d[t,r] = d[t,n] u_n r (1 - r)    d[t,y] = e z + sum over gates of weight^T (d[t,r], d[t,z], d[t,u])
//
// gates, hidden (T,N,3,H/4) vec4: g and u of gru, u with its bias    y, dy (T,N,H/4) vec4    start (N,H/4) vec4
// weight packed (panels, 3, H, 32/4) vec4 along the units of y[t-1]
// d (T,N,5,H/4) vec4: of g_r and u_r, of g_z and u_z, of g_n, of u_n, and of y[t-1] or start
// One lane owns a row of the batch at every step: it writes its gates' gradients and e z, and adds the product to the latter. Admitted on
// processors with subgroups of 8.
// use: lib/recurrent_lanes

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> hidden: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> start: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> d: array<vec4<f32>>;

fn operand(at: u32) -> vec4<f32> {
    return d[at];
}

// Four units' gradients, of which three go back through the weights.
fn turn(spot: Spot, t: u32, unit4: u32) {
    let width = params.units4;
    let at = place(spot, t, 3u, 0u) + unit4;
    let u = hidden[at + 2u * width];
    let r = sigmoid4(gates[at] + hidden[at]);
    let z = sigmoid4(gates[at + width] + hidden[at + width]);
    let n = hyperbolic_tangent(gates[at + 2u * width] + r * u);
    let first = t == 0u;
    let before = select(y[place(spot, max(t, 1u) - 1u, 1u, 0u) + unit4], start[place(spot, 0u, 1u, 0u) + unit4], first);
    let last = t + 1u == params.steps;
    let later = select(d[place(spot, select(t + 1u, t, last), 5u, 4u) + unit4], vec4(0.0), last);
    let e = later + dy[place(spot, t, 1u, 0u) + unit4];
    let dn = e * (1.0 - z) * (1.0 - n * n);
    let to = place(spot, t, 5u, 0u) + unit4;
    d[to] = dn * u * r * (1.0 - r);
    d[to + width] = e * (before - n) * z * (1.0 - z);
    d[to + 2u * width] = dn;
    d[to + 3u * width] = dn * r;
    d[to + 4u * width] = e * z;
}

fn put(spot: Spot, to: u32, unit4: u32, values: vec4<f32>) {
    if (spot.there && unit4 < params.units4) { d[to + unit4] += values; }
}

@compute @workgroup_size(8)
fn gru_grad_gates_cpu(
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
        let to = place(spot, t, 5u, 4u);
        var w = 0u;
        for (var u = 0u; u < params.units4; u += 8u) {
            var sum = product(spot, no_panel(), place(spot, t, 5u, 0u), w);
            sum = product(spot, sum, place(spot, t, 5u, 1u), w + gate);
            sum = product(spot, sum, place(spot, t, 5u, 3u), w + 2u * gate);
            put(spot, to, u, sum.a[0]);
            put(spot, to, u + 1u, sum.a[1]);
            put(spot, to, u + 2u, sum.a[2]);
            put(spot, to, u + 3u, sum.a[3]);
            put(spot, to, u + 4u, sum.b[0]);
            put(spot, to, u + 5u, sum.b[1]);
            put(spot, to, u + 6u, sum.b[2]);
            put(spot, to, u + 7u, sum.b[3]);
            w += 3u * gate;
        }
    }
}
