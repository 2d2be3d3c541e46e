// dx[r,k] = rstd[r] (g[k] - mean of g - xhat[r,k] mean of g xhat)      g[k] = gamma[k] dy[r,k], xhat = (x - mean[r]) rstd[r], means of the row
//
// x, dy, dx (ROWS,N)    gamma (N), N counted in vec4    stats (ROWS) pairs of mean and rstd. One workgroup owns one row of dx and writes it once.
// use: lib/grid
// use: lib/reduce

struct Params { rows: u32, n: u32, numbers: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn layer_norm_grad_input_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    let of_row = stats[row];
    var sum = 0.0;
    var along = 0.0;
    for (var k = lid; k < params.n; k += WG) {
        let d = gamma[k] * dy[base + k];
        sum += dot(d, vec4(1.0));
        along += dot(d, x[base + k] - of_row.x);
    }
    let mean = group_sum(lid, sum) / params.numbers;
    let slope = group_sum(lid, along) / params.numbers * of_row.y * of_row.y;
    for (var k = lid; k < params.n; k += WG) {
        dx[base + k] = of_row.y * (gamma[k] * dy[base + k] - mean - (x[base + k] - of_row.x) * slope);
    }
}
