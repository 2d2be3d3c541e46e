// The gradient of rnn. d[t,g] = (dy[t] + d[t+1,y]) (1 - y[t]^2)    d[t,y] = weight^T d[t,g]
//
// y, dy (T,N,H/4) vec4    weight packed (panels, H, 32/4) vec4 along the units of y[t-1]    d (T,N,2,H/4) vec4: of g, and of y[t-1] or start
// One lane owns a row of the batch at every step, and writes both once. Admitted on processors with subgroups of 8.
// use: lib/recurrent_lanes

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> d: array<vec4<f32>>;

fn operand(at: u32) -> vec4<f32> {
    return d[at];
}

fn put(spot: Spot, to: u32, unit4: u32, values: vec4<f32>) {
    if (spot.there && unit4 < params.units4) { d[to + unit4] = values; }
}

@compute @workgroup_size(8)
fn rnn_grad_gates_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one go through the same steps, and write nothing.
    let spot = spot_of(flat_group(wg, groups), lid);
    for (var t = params.end - 1u; t + 1u > params.first; t--) {
        let last = t + 1u == params.steps;
        let now = place(spot, t, 1u, 0u);
        let own = place(spot, t, 2u, 0u);
        let later = place(spot, select(t + 1u, t, last), 2u, 1u);
        for (var u = 0u; u < params.units4; u++) {
            let e = dy[now + u] + select(d[later + u], vec4(0.0), last);
            put(spot, own, u, e * (1.0 - y[now + u] * y[now + u]));
        }
        let to = place(spot, t, 2u, 1u);
        var w = 0u;
        for (var u = 0u; u < params.units4; u += 8u) {
            let sum = product(spot, no_panel(), own, w);
            put(spot, to, u, sum.a[0]);
            put(spot, to, u + 1u, sum.a[1]);
            put(spot, to, u + 2u, sum.a[2]);
            put(spot, to, u + 3u, sum.a[3]);
            put(spot, to, u + 4u, sum.b[0]);
            put(spot, to, u + 5u, sum.b[1]);
            put(spot, to, u + 6u, sum.b[2]);
            put(spot, to, u + 7u, sum.b[3]);
            w += params.units * 8u;
        }
    }
}
