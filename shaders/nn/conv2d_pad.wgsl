// y[n, c, a, b, r, q] = z[n, c, r * step_h + a - top, q * step_w + b - left], where z is x with spread - 1 zeros put between its
// rows and columns, and 0 outside of it
//
// x (planes, H, W)    y (planes, step_h, step_w, rows, row4) vec4 along q
// The image that a convolution reads without looking at its borders. Strides become phases (a, b): taps of a strided window then read
// neighbours. One invocation owns one vec4 of y.
// use: lib/grid

struct Params {
    count: u32,           // vec4s of y
    h: u32, w: u32,
    rows: u32, row4: u32,
    top: u32, left: u32,  // may be negative: two's complement
    step_h: u32, step_w: u32,
    spread_h: u32, spread_w: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

fn at(start: u32, column: i32) -> f32 {
    let spread = i32(params.spread_w);
    if (column < 0 || column > (i32(params.w) - 1) * spread || column % spread != 0) { return 0.0; }
    return x[start + u32(column / spread)];
}

@compute @workgroup_size(WG)
fn conv2d_pad(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let q = (i % params.row4) * 4u;
    var rest = i / params.row4;
    let r = rest % params.rows;
    rest /= params.rows;
    let b = rest % params.step_w;
    rest /= params.step_w;
    let a = rest % params.step_h;
    let plane = rest / params.step_h;

    let row = i32(r * params.step_h + a) - bitcast<i32>(params.top);
    let spread = i32(params.spread_h);
    if (row < 0 || row > (i32(params.h) - 1) * spread || row % spread != 0) {
        y[i] = vec4(0.0);
        return;
    }
    let start = (plane * params.h + u32(row / spread)) * params.w;
    let column = i32(q * params.step_w + b) - bitcast<i32>(params.left);
    let step = i32(params.step_w);
    y[i] = vec4(at(start, column), at(start, column + step), at(start, column + 2 * step), at(start, column + 3 * step));
}
