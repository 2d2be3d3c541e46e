// dx[r,k] = rstd[r] (g[k] - mean of g - xhat[r,k] mean of g xhat)      g[k] = gamma[k] dy[r,k], xhat = (x - mean[r]) rstd[r], means of the row
//
// x, dy, dx (ROWS,N)    gamma (N), N counted in vec4    stats (ROWS) pairs of mean and rstd. One lane owns one row of dx and writes it once; the 8
// lanes of a subgroup, which is a workgroup, load eight vec4s of gamma, and broadcasts hand them round. Admitted on processors with subgroups of 8.
// use: lib/grid

struct Params { rows: u32, n: u32, numbers: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;

// Sums of four columns each: of g, and of g times the distance from the mean.
struct Sums { g: vec4<f32>, along: vec4<f32> }

fn added(sums: Sums, there: bool, at: u32, mean: f32, gamma: vec4<f32>) -> Sums {
    var all = sums;
    if (there) {
        let g = gamma * dy[at];
        all = Sums(sums.g + g, sums.along + g * (x[at] - mean));
    }
    return all;
}

// The row's rstd, the mean of g, and what a distance from the mean counts.
struct Row { mean: f32, rstd: f32, even: f32, slope: f32 }

fn put(there: bool, at: u32, row: Row, gamma: vec4<f32>) {
    if (there) { dx[at] = row.rstd * (gamma * dy[at] - row.even - (x[at] - row.mean) * row.slope); }
}

@compute @workgroup_size(8)
fn layer_norm_grad_input_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // Lanes past the last row read it, and write nothing.
    let own_row = flat_index(wg, groups, lane, 8u);
    let r = min(own_row, params.rows - 1u);
    let base = r * params.n;
    let of_row = stats[r];
    var sums: Sums;
    for (var k = 0u; k < params.n; k += 8u) {
        let g = gamma[min(k + lane, params.n - 1u)];
        let left = params.n - k;
        let at = base + k;
        sums = added(sums, left > 0u, at, of_row.x, subgroupBroadcast(g, 0u));
        sums = added(sums, left > 1u, at + 1u, of_row.x, subgroupBroadcast(g, 1u));
        sums = added(sums, left > 2u, at + 2u, of_row.x, subgroupBroadcast(g, 2u));
        sums = added(sums, left > 3u, at + 3u, of_row.x, subgroupBroadcast(g, 3u));
        sums = added(sums, left > 4u, at + 4u, of_row.x, subgroupBroadcast(g, 4u));
        sums = added(sums, left > 5u, at + 5u, of_row.x, subgroupBroadcast(g, 5u));
        sums = added(sums, left > 6u, at + 6u, of_row.x, subgroupBroadcast(g, 6u));
        sums = added(sums, left > 7u, at + 7u, of_row.x, subgroupBroadcast(g, 7u));
    }
    let even = dot(sums.g, vec4(1.0)) / params.numbers;
    let slope = dot(sums.along, vec4(1.0)) / params.numbers * of_row.y * of_row.y;
    let row = Row(of_row.x, of_row.y, even, slope);
    for (var k = 0u; k < params.n; k += 8u) {
        let g = gamma[min(k + lane, params.n - 1u)];
        let left = select(0u, params.n - k, own_row < params.rows);
        let at = base + k;
        put(left > 0u, at, row, subgroupBroadcast(g, 0u));
        put(left > 1u, at + 1u, row, subgroupBroadcast(g, 1u));
        put(left > 2u, at + 2u, row, subgroupBroadcast(g, 2u));
        put(left > 3u, at + 3u, row, subgroupBroadcast(g, 3u));
        put(left > 4u, at + 4u, row, subgroupBroadcast(g, 4u));
        put(left > 5u, at + 5u, row, subgroupBroadcast(g, 5u));
        put(left > 6u, at + 6u, row, subgroupBroadcast(g, 6u));
        put(left > 7u, at + 7u, row, subgroupBroadcast(g, 7u));
    }
}
