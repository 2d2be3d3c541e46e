// y[n, s, r, q, g, (c, d, i, j)] = x[n, g, c, z, r * step_h + i * dilation_h - top, q * step_w + j * dilation_w - left], 0 outside of x
// z = s * step_d + d * dilation_d - front
//
// x (N, groups, C, D, H, W)    y (N, slices, rows, columns, groups, record/4) vec4 along (c, d, i, j), which is filled up with 0
// Puts side by side what meets at one pixel: the channels of an image (kernel 1x1), or whole windows. One invocation owns one vec4 of y.
// use: lib/grid

struct Params {
    count: u32, first: u32,                    // vec4s of y; where x starts
    c: u32, kernel_d: u32, kernel_h: u32, kernel_w: u32, groups: u32,
    d: u32, h: u32, w: u32, slices: u32, rows: u32, columns: u32, record4: u32,
    step_d: u32, step_h: u32, step_w: u32, dilation_d: u32, dilation_h: u32, dilation_w: u32,
    front: u32, top: u32, left: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// A tap of a window.
struct Tap { c: u32, d: u32, i: u32, j: u32 }

fn next(tap: Tap) -> Tap {
    let row_ends = tap.j + 1u == params.kernel_w;
    let slice_ends = row_ends && tap.i + 1u == params.kernel_h;
    let window_ends = slice_ends && tap.d + 1u == params.kernel_d;
    return Tap(
        tap.c + u32(window_ends),
        select(tap.d + u32(slice_ends), 0u, window_ends),
        select(tap.i + u32(row_ends), 0u, slice_ends),
        select(tap.j + 1u, 0u, row_ends),
    );
}

// What lies under a tap; `volume` is the first channel's, (slice, row, column) the window's first pixel, which may lie outside.
fn under(tap: Tap, volume: u32, slice: u32, row: u32, column: u32) -> f32 {
    let z = slice + tap.d * params.dilation_d;
    let h = row + tap.i * params.dilation_h;
    let w = column + tap.j * params.dilation_w;
    // What lies above or left of x has wrapped to more than its size. What is not inside is read from anywhere and dropped.
    let inside = tap.c < params.c && z < params.d && h < params.h && w < params.w;
    return select(0.0, x[params.first + (((volume + tap.c) * params.d + z) * params.h + h) * params.w + w], inside);
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
    rest /= params.rows;
    let slice = (rest % params.slices) * params.step_d - params.front;
    let volume = (rest / params.slices * params.groups + group) * params.c;
    let across = element / params.kernel_w;
    let above = across / params.kernel_h;
    let one = Tap(above / params.kernel_d, above % params.kernel_d, across % params.kernel_h, element % params.kernel_w);
    let two = next(one);
    let three = next(two);
    y[i] = vec4(
        under(one, volume, slice, row, column), under(two, volume, slice, row, column),
        under(three, volume, slice, row, column), under(next(three), volume, slice, row, column),
    );
}
