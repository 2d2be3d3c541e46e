// dx[b,r,n] = dy[b, m, n - first] where that is one of the T results, else 0, with (m, first) = rows[r]: the sum that reads row r, and
// the column that it reads for result 0
//
// dy (B,M,T)    rows (R,2) words    dx (B,R,N)
// One invocation owns one element of dx and writes it once.
// use: lib/grid

struct Params {
    rows: u32,             // R
    columns: u32,          // N
    sums: u32,             // M
    results: u32,          // T
    batch: u32,            // B
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn diagonal_sum_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.batch * params.rows * params.columns) { return; }
    let n = i % params.columns;
    let row = i / params.columns;
    let reader = rows[row % params.rows];
    // Before the first result the difference wraps round, far above the last one.
    let t = n - reader.y;
    let at = (row / params.rows * params.sums + reader.x) * params.results + min(t, params.results - 1u);
    dx[i] = select(0.0, dy[at], t < params.results);
}
