// dx[n,c,s] = gamma[c] rstd[c] (dy - sums[0,c] / M - xhat sums[1,c] / M) with xhat = (x - mean[c]) rstd[c], M = N S
//
// x, dy, dx (N,C,S), S counted in numbers    stats, sums (2,C)    gamma (C). One invocation owns one element of dx and writes it
// once. rstd = 1 / sqrt(variance + eps); the statistics are those of x, and their part is counted.
// use: lib/divide
// use: lib/grid

struct Params { count: u32, c: u32, s: u32, eps: f32, share: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> gamma: array<f32>;
@group(0) @binding(4) var<storage, read> sums: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn batch_norm_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let c = split(split(i, params.s).x, params.c).y;
    let rstd = inverseSqrt(stats[params.c + c] + params.eps);
    let along = (x[i] - stats[c]) * (rstd * sums[params.c + c] * params.share);
    dx[i] = (gamma[c] * rstd) * (dy[i] - sums[c] * params.share - along);
}
