// y[y_offset + sum_k i_k y_stride_k] = x[x_offset + sum_k i_k x_stride_k]      transpose, slice, pad, concat and expand
//
// Lengths, strides and offsets count vec4: for shapes whose last axis is whole in both and a multiple of four.
// One invocation owns one element that is written, and writes it once; what the strides leave out stays as it was.
// use: lib/grid

struct Params {
    count: u32, x_offset: u32, y_offset: u32,
    d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
    x0: u32, x1: u32, x2: u32, x3: u32, x4: u32, x5: u32,
    y0: u32, y1: u32, y2: u32, y3: u32, y4: u32, y5: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn strided_copy_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    var rest = i;
    let i5 = rest % params.d5; rest /= params.d5;
    let i4 = rest % params.d4; rest /= params.d4;
    let i3 = rest % params.d3; rest /= params.d3;
    let i2 = rest % params.d2; rest /= params.d2;
    let i1 = rest % params.d1; rest /= params.d1;
    let p = params;
    let source = p.x_offset + rest * p.x0 + i1 * p.x1 + i2 * p.x2 + i3 * p.x3 + i4 * p.x4 + i5 * p.x5;
    let target_index = p.y_offset + rest * p.y0 + i1 * p.y1 + i2 * p.y2 + i3 * p.y3 + i4 * p.y4 + i5 * p.y5;
    y[target_index] = x[source];
}
