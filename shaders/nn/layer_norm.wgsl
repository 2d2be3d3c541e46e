// y[r,k] = gamma[k] (x[r,k] - mean[r]) / sqrt(variance[r] + eps) + beta[k]      mean and biased variance of the row
//
// x, y (ROWS,N)    gamma, beta (N). One workgroup owns one row and writes it once.
// use: lib/grid
// use: lib/layer_norm

struct Params { rows: u32, n: u32, numbers: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

fn total(i: u32) -> f32 { return x[i]; }

fn spread(i: u32, mean: f32) -> f32 {
    let d = x[i] - mean;
    return d * d;
}

@compute @workgroup_size(WG)
fn layer_norm(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    let of_row = moments_from(base, lid);
    for (var k = lid; k < params.n; k += WG) {
        y[base + k] = (x[base + k] - of_row.mean) * of_row.rstd * gamma[k] + beta[k];
    }
}
