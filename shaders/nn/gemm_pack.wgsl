// y[batch, panel, k, r] = x[first + batch * by_batch + row * by_row + (k / taps) * by_k + (k % taps) * by_tap]
// with row = panel * height + r; rows past the last are 0.
//
// x any    y (batch, panels, k, height/4) vec4 along the rows
// Puts the rows of a matrix side by side, so that one vec4 holds four rows' operands of one step. Strides count elements
// and wrap: `taps` with a stride of -1 reads a convolution's window backwards. One invocation owns one vec4 of y.
// use: lib/grid

struct Params {
    count: u32,           // vec4s of y
    rows: u32, k: u32, taps: u32,
    panels: u32, height4: u32,
    first: u32, by_batch: u32, by_row: u32, by_k: u32, by_tap: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

fn at(row: u32, start: u32) -> f32 {
    if (row >= params.rows) { return 0.0; }
    return x[start + row * params.by_row];
}

@compute @workgroup_size(WG)
fn gemm_pack(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let k = (i / params.height4) % params.k;
    let panel = i / (params.height4 * params.k);
    let batch = panel / params.panels;
    let row = ((panel % params.panels) * params.height4 + i % params.height4) * 4u;
    let start = params.first + batch * params.by_batch + (k / params.taps) * params.by_k + (k % params.taps) * params.by_tap;
    y[i] = vec4(at(row, start), at(row + 1u, start), at(row + 2u, start), at(row + 3u, start));
}
