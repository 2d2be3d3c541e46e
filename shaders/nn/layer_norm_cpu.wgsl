// y[r,k] = gamma[k] (x[r,k] - mean[r]) / sqrt(variance[r] + eps) + beta[k]      mean and biased variance of the row
//
// x, y (ROWS,N)    gamma, beta (N), N counted in vec4. One lane owns one row and writes it once; the 8 lanes of a subgroup, which is a workgroup,
// load eight vec4s of gamma and beta, and broadcasts hand them round. Admitted on processors with subgroups of 8.
// use: lib/layer_norm_lanes

struct Params { rows: u32, n: u32, numbers: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> beta: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

fn four(at: u32) -> vec4<f32> { return x[at]; }

fn put(there: bool, at: u32, of_row: Moments, g: vec4<f32>, b: vec4<f32>) {
    if (there) { y[at] = (x[at] - of_row.mean) * of_row.rstd * g + b; }
}

@compute @workgroup_size(8)
fn layer_norm_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // Lanes past the last row read it, and write nothing.
    let row = flat_index(wg, groups, lane, 8u);
    let base = min(row, params.rows - 1u) * params.n;
    let of_row = moments_from(base);
    for (var k = 0u; k < params.n; k += 8u) {
        let own = min(k + lane, params.n - 1u);
        let g = gamma[own];
        let b = beta[own];
        let left = select(0u, params.n - k, row < params.rows);
        let at = base + k;
        put(left > 0u, at, of_row, subgroupBroadcast(g, 0u), subgroupBroadcast(b, 0u));
        put(left > 1u, at + 1u, of_row, subgroupBroadcast(g, 1u), subgroupBroadcast(b, 1u));
        put(left > 2u, at + 2u, of_row, subgroupBroadcast(g, 2u), subgroupBroadcast(b, 2u));
        put(left > 3u, at + 3u, of_row, subgroupBroadcast(g, 3u), subgroupBroadcast(b, 3u));
        put(left > 4u, at + 4u, of_row, subgroupBroadcast(g, 4u), subgroupBroadcast(b, 4u));
        put(left > 5u, at + 5u, of_row, subgroupBroadcast(g, 5u), subgroupBroadcast(b, 5u));
        put(left > 6u, at + 6u, of_row, subgroupBroadcast(g, 6u), subgroupBroadcast(b, 6u));
        put(left > 7u, at + 7u, of_row, subgroupBroadcast(g, 7u), subgroupBroadcast(b, 7u));
    }
}
