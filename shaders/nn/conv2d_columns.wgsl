// y[n, r, q, g, (c, i, j)] = x[n, g, c, r * step_h + i * dilation_h - top, q * step_w + j * dilation_w - left], 0 outside of x
//
// x (N, groups, C, H, W)    y (N, rows, columns, groups, record/4) vec4 along (c, i, j), which is filled up with 0
// Puts side by side what meets at one pixel: the channels of an image (kernel 1x1), or whole windows. One invocation owns one vec4 of y.
// use: lib/grid

struct Params {
    count: u32,                                // vec4s of y
    c: u32, kernel_h: u32, kernel_w: u32, groups: u32,
    h: u32, w: u32, rows: u32, columns: u32, record4: u32,
    step_h: u32, step_w: u32, dilation_h: u32, dilation_w: u32,
    top: u32, left: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// The element of a record; `plane` is the first channel's, (row, column) the window's first pixel, which may lie outside.
fn at(plane: u32, row: u32, column: u32, element: u32) -> f32 {
    let c = element / (params.kernel_h * params.kernel_w);
    let h = row + (element / params.kernel_w) % params.kernel_h * params.dilation_h;
    let w = column + element % params.kernel_w * params.dilation_w;
    // What lies above or left of x has wrapped to more than its size.
    if (c >= params.c || h >= params.h || w >= params.w) { return 0.0; }
    return x[((plane + c) * params.h + h) * params.w + w];
}

@compute @workgroup_size(WG)
fn conv2d_columns(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let element = (i % params.record4) * 4u;
    var rest = i / params.record4;
    let group = rest % params.groups;
    rest /= params.groups;
    let column = (rest % params.columns) * params.step_w - params.left;
    rest /= params.columns;
    let row = (rest % params.rows) * params.step_h - params.top;
    let plane = (rest / params.rows * params.groups + group) * params.c;
    y[i] = vec4(
        at(plane, row, column, element), at(plane, row, column, element + 1u),
        at(plane, row, column, element + 2u), at(plane, row, column, element + 3u),
    );
}
