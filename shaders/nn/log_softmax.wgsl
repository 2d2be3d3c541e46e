// y[r,k] = x[r,k] - m - log(sum over j of exp(x[r,j] - m))      m = max over j of x[r,j]
//
// x, y (ROWS,N). One workgroup owns one row and writes it once.
// use: lib/grid
// use: lib/softmax

struct Params { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

fn number(i: u32) -> f32 { return x[i]; }

@compute @workgroup_size(WG)
fn log_softmax(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    let of_row = row_from(base, lid);
    let log_sum = log(of_row.sum);
    for (var k = lid; k < params.n; k += WG) { y[base + k] = x[base + k] - of_row.largest - log_sum; }
}
