// y[n, c, d, a, b, r, q] = z[n, c, d - front, r * step_h + a - top, q * step_w + b - left], where z is x with spread - 1 zeros put
// between its slices, rows and columns, and 0 outside of it
//
// x (planes, D, H, W)    y (planes, slices, step_h, step_w, rows, row4) vec4 along q
// The image that a convolution reads without looking at its borders. Strides become phases (a, b): taps of a strided window then read
// neighbours. One invocation owns one vec4 of y.
// use: lib/grid

struct Params {
    count: u32, first: u32,  // vec4s of y; where x starts
    d: u32, h: u32, w: u32,
    slices: u32, rows: u32, row4: u32,
    front: u32, top: u32, left: u32,  // may be negative: two's complement
    step_h: u32, step_w: u32,
    spread_d: u32, spread_h: u32, spread_w: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Whether a step or a spread is more than 1, or slices are not those of x.
override STRIDED: bool = true;

fn at(start: u32, column: i32) -> f32 {
    let spread = i32(params.spread_w);
    if (column < 0 || column > (i32(params.w) - 1) * spread || column % spread != 0) { return 0.0; }
    return x[start + u32(column / spread)];
}

fn strided(i: u32) -> vec4<f32> {
    let q = (i % params.row4) * 4u;
    var rest = i / params.row4;
    let r = rest % params.rows;
    rest /= params.rows;
    let b = rest % params.step_w;
    rest /= params.step_w;
    let a = rest % params.step_h;
    rest /= params.step_h;
    let plane = rest / params.slices;
    let slice = i32(rest % params.slices) - bitcast<i32>(params.front);
    let deep = i32(params.spread_d);
    if (slice < 0 || slice > (i32(params.d) - 1) * deep || slice % deep != 0) { return vec4(0.0); }
    let image = plane * params.d + u32(slice / deep);

    let row = i32(r * params.step_h + a) - bitcast<i32>(params.top);
    let spread = i32(params.spread_h);
    if (row < 0 || row > (i32(params.h) - 1) * spread || row % spread != 0) { return vec4(0.0); }
    let start = params.first + (image * params.h + u32(row / spread)) * params.w;
    let column = i32(q * params.step_w + b) - bitcast<i32>(params.left);
    let step = i32(params.step_w);
    return vec4(at(start, column), at(start, column + step), at(start, column + 2 * step), at(start, column + 3 * step));
}

// The same for steps and spreads of 1, with as little as possible around the loads: what is not inside is read from anywhere and dropped.
fn plain(i: u32) -> vec4<f32> {
    let rest = i / params.row4;
    let plane = rest / params.rows;
    // What lies above or left of x wraps to more than its size.
    let row = rest - plane * params.rows - params.top;
    let column = (i - rest * params.row4) * 4u - params.left;
    let start = params.first + (plane * params.h + row) * params.w;
    let w = vec4(column, column + 1u, column + 2u, column + 3u);
    let values = vec4(x[start + w.x], x[start + w.y], x[start + w.z], x[start + w.w]);
    return select(vec4(0.0), values, (w < vec4(params.w)) & vec4(row < params.h));
}

@compute @workgroup_size(WG)
fn conv2d_pad(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    if (STRIDED) { y[i] = strided(i); } else { y[i] = plain(i); }
}
