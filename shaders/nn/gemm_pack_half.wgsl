// y[batch, block, k, lane] = the halves of x[k, n] for n = 64 block + 4 lane + (0 .. 3, 32 .. 35), two in a word; 0 past the last column
//
// x with strides    y (batch, blocks, k, 8) vec4
// Rounds to half precision; what is too large for it becomes the largest half, what is no number stays none. One invocation owns one
// vec4 of y.
// use: lib/grid

struct Params {
    count: u32,           // vec4s of y
    columns: u32, k: u32, blocks: u32,
    by_batch: u32, by_column: u32, by_k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u32>>;

override WG: u32 = 64;

const LARGEST: f32 = 65504.0;
const FINITE: f32 = 3.4028234e38;

fn at(column: u32, start: u32) -> f32 {
    if (column >= params.columns) { return 0.0; }
    let v = x[start + column * params.by_column];
    return select(v, clamp(v, -LARGEST, LARGEST), abs(v) <= FINITE);
}

fn two(column: u32, start: u32) -> u32 {
    return pack2x16float(vec2(at(column, start), at(column + 1u, start)));
}

@compute @workgroup_size(WG)
fn gemm_pack_half(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let k = i / 8u % params.k;
    let block = i / 8u / params.k;
    let column = block % params.blocks * 64u + i % 8u * 4u;
    let start = block / params.blocks * params.by_batch + k * params.by_k;
    y[i] = vec4(two(column, start), two(column + 2u, start), two(column + 32u, start), two(column + 34u, start));
}
