// y[n,c,s] = gamma[c] (x[n,c,s] - mean[c]) / sqrt(variance[c] + eps) + beta[c]
//
// x, y (N,C,S), S counted in numbers    stats (2,C)    gamma, beta (C). One invocation owns one element of y and writes it once.
// use: lib/divide
// use: lib/grid

struct Params { count: u32, c: u32, s: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> gamma: array<f32>;
@group(0) @binding(4) var<storage, read> beta: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn batch_norm_apply(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let c = split(split(i, params.s).x, params.c).y;
    let scale = gamma[c] * inverseSqrt(stats[params.c + c] + params.eps);
    y[i] = (x[i] - stats[c]) * scale + beta[c];
}
