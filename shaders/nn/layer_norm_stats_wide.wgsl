// y[r] = (mean of row r, 1 / sqrt(variance of row r + eps))      the biased variance
//
// x (ROWS,N), N counted in vec4    y (ROWS) pairs. One invocation owns one row, reads it once and writes its pair.
// use: lib/layer_norm_lanes

struct Params { rows: u32, n: u32, numbers: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 8;

fn four(at: u32) -> vec4<f32> { return x[at]; }

@compute @workgroup_size(WG)
fn layer_norm_stats_wide(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_index(wg, groups, lid, WG);
    if (row >= params.rows) { return; }
    let of_row = moments_from(row * params.n);
    y[row] = vec2(of_row.mean, of_row.rstd);
}
