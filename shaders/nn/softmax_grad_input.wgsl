// dx[r,k] = y[r,k] * (dy[r,k] - sum over j of dy[r,j] * y[r,j])      y is what softmax gave
//
// y, dy, dx (ROWS,N). One workgroup owns one row of dx and writes it once.
// use: lib/grid
// use: lib/reduce

struct Params { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn softmax_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    var dot = 0.0;
    for (var k = lid; k < params.n; k += WG) { dot += dy[base + k] * y[base + k]; }
    dot = group_sum(lid, dot);
    for (var k = lid; k < params.n; k += WG) { dx[base + k] = y[base + k] * (dy[base + k] - dot); }
}
