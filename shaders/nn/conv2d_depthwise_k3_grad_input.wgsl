// dx[n, c, h, w] = sum over i, j of weight[c, i, j] * dy[n, c, (h + top - i) / 2, (w + left - j) / 2], where both are whole   (3x3 taps, stride 2)
//
// dy (N,C,D,OH,OW), dx (N,C,D,H,W), both as vec4s, in which rows begin anywhere    weight (C,9)    top and left are 0 or 1
// One invocation owns a strip of a block of rows of dx, 8 or 16 pixels wide, two rows for one of dy, goes down its rows and writes each pixel once.
// use: lib/depthwise_put
// use: lib/divide
// use: lib/grid

struct Params {
    units: u32, strips: u32, blocks: u32, rows: u32,    // all of them, strips of a row, blocks of an image, pairs of rows of a block
    o: u32, many: u32, depth: u32,                      // channels, one for one; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    dy_first: u32, dx_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

override WG: u32 = 64;
// Whether the first column of a strip is under the middle of a window, as left is 1.
override ODD: bool = false;

fn pixels(at: u32) -> vec4<f32> { return dy[at]; }
fn put_four(at: u32, v: vec4<f32>) { dx[at] = v; }
fn put_one(at: u32, v: f32) { dx[at / 4u][at % 4u] = v; }

fn taps(c: u32, i: u32) -> vec3<f32> {
    let at = c * 9u + 3u * i;
    return vec3(weight[at], weight[at + 1u], weight[at + 2u]);
}

fn woven(a: vec2<f32>, b: vec2<f32>) -> vec4<f32> {
    return vec4(a.x, b.x, a.y, b.y);
}

// What a row of the window makes of a row of dy: a column for four pixels of dx. Every second pixel is under the middle tap alone.
fn sums(r: Row, w: vec3<f32>) -> mat4x4<f32> {
    let middle = mat2x4<f32>(w.y * r.m[0], w.y * r.m[1]);
    if (ODD) {
        let a = w.z * r.m[0] + w.x * vec4(r.m[0].yzw, r.m[1].x);
        let b = w.z * r.m[1] + w.x * vec4(r.m[1].yzw, r.right);
        return mat4x4<f32>(woven(middle[0].xy, a.xy), woven(middle[0].zw, a.zw), woven(middle[1].xy, b.xy), woven(middle[1].zw, b.zw));
    }
    let a = w.x * r.m[0] + w.z * vec4(r.left, r.m[0].xyz);
    let b = w.x * r.m[1] + w.z * vec4(r.m[0].w, r.m[1].xyz);
    return mat4x4<f32>(woven(a.xy, middle[0].xy), woven(a.zw, middle[0].zw), woven(b.xy, middle[1].xy), woven(b.zw, middle[1].zw));
}

// Row h, where it is one of the block.
fn put_row(start: u32, h: u32, end: u32, column: u32, m: mat4x4<f32>) {
    if (h >= end) { return; }  // wraps above the image
    put_strip(start + h * params.w + column, params.w - column, 4u, m);
}

@compute @workgroup_size(WG)
fn conv2d_depthwise_k3_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let unit = flat_index(wg, groups, lid, WG);
    if (unit >= params.units) { return; }
    let by_strip = split(unit, params.strips);
    let by_block = split(by_strip.x, params.blocks);
    let image = by_block.x;
    let c = split(split(image, params.depth).x, params.o).y;
    let column = by_strip.y * 16u;
    let strip = Strip(params.dy_first + image * params.oh * params.ow, params.oh, params.ow, column / 2u);
    let w0 = taps(c, 0u);
    let w1 = taps(c, 1u);
    let w2 = taps(c, 2u);

    // Row a of dy is under the first row of a window at 2 a - top, under the second one below it, and under the third below that.
    let start = params.dx_first + image * params.h * params.w;
    let first = by_block.y * params.rows;
    let end = first + params.rows;
    var next = sums(row_of(strip, first - 1u), w2);
    for (var a = first; a < end; a++) {
        let own = row_of(strip, a);
        let h = 2u * a - params.top;
        put_row(start, h, params.h, column, next + sums(own, w0));
        put_row(start, h + 1u, params.h, column, sums(own, w1));
        next = sums(own, w2);
    }
}
