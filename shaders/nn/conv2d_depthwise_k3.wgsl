// y[n, o, h, w] = activation(bias[o] + sum over i, j of weight[o, i, j] * x[n, o / many, h s + i - top, w s + j - left])   (3x3 taps, s 1 or 2)
//
// x (N,C,D,H,W), y (N,O,D,OH,OW), both as vec4s, in which rows begin anywhere    weight (O,9), with TURNED from the last tap to the first
// One invocation owns a strip of a block of rows of y, 8 or 16 pixels wide, goes down its rows and writes each pixel once. What it reads
// of x it reads once for all taps.
// use: lib/activate
// use: lib/depthwise_put
// use: lib/divide
// use: lib/grid

struct Params {
    units: u32, strips: u32, blocks: u32, rows: u32,    // all of them, strips of a row, blocks of an image, rows of a block
    o: u32, many: u32, depth: u32,                      // channels of y, of a channel of x; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    x_first: u32, y_first: u32,
    has_bias: u32, slope: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;
override STRIDE: u32 = 1;
override TURNED: bool = false;

fn pixels(at: u32) -> vec4<f32> { return x[at]; }
fn put_four(at: u32, v: vec4<f32>) { y[at] = v; }
fn put_one(at: u32, v: f32) { y[at / 4u][at % 4u] = v; }

// A row of the window of channel o.
fn taps(o: u32, i: u32) -> vec3<f32> {
    let at = o * 9u + select(3u * i, 8u - 3u * i, TURNED);
    return vec3(weight[at], weight[select(at + 1u, at - 1u, TURNED)], weight[select(at + 2u, at - 2u, TURNED)]);
}

// A row under a row of the window: a column for four pixels of y.
fn sums(r: Row, w: vec3<f32>) -> mat4x4<f32> {
    let none = vec4(0.0);
    if (STRIDE == 2u) {
        let odd = vec4(r.m[0].yw, r.m[1].yw);
        let other = vec4(r.m[2].yw, r.m[3].yw);
        return mat4x4<f32>(
            w.x * vec4(r.left, odd.xyz) + w.y * vec4(r.m[0].xz, r.m[1].xz) + w.z * odd,
            w.x * vec4(odd.w, other.xyz) + w.y * vec4(r.m[2].xz, r.m[3].xz) + w.z * other,
            none, none,
        );
    }
    let a = w.x * vec4(r.left, r.m[0].xyz) + w.y * r.m[0] + w.z * vec4(r.m[0].yzw, r.m[1].x);
    if (FOURS == 2u) {
        return mat4x4<f32>(a, w.x * vec4(r.m[0].w, r.m[1].xyz) + w.y * r.m[1] + w.z * vec4(r.m[1].yzw, r.right), none, none);
    }
    return mat4x4<f32>(
        a,
        w.x * vec4(r.m[0].w, r.m[1].xyz) + w.y * r.m[1] + w.z * vec4(r.m[1].yzw, r.m[2].x),
        w.x * vec4(r.m[1].w, r.m[2].xyz) + w.y * r.m[2] + w.z * vec4(r.m[2].yzw, r.m[3].x),
        w.x * vec4(r.m[2].w, r.m[3].xyz) + w.y * r.m[3] + w.z * vec4(r.m[3].yzw, r.right),
    );
}

fn put_row(at: u32, left: u32, m: mat4x4<f32>, b: f32) {
    put_strip(at, left, FOURS / STRIDE, mat4x4<f32>(activate(m[0] + b), activate(m[1] + b), activate(m[2] + b), activate(m[3] + b)));
}

@compute @workgroup_size(WG)
fn conv2d_depthwise_k3(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let unit = flat_index(wg, groups, lid, WG);
    if (unit >= params.units) { return; }
    let by_strip = split(unit, params.strips);
    let by_block = split(by_strip.x, params.blocks);
    let image = by_block.x;
    let by_depth = split(image, params.depth);
    let by_o = split(by_depth.x, params.o);
    let o = by_o.y;
    let source = (by_o.x * (params.o / params.many) + o / params.many) * params.depth + by_depth.y;
    let width = 4u * FOURS / STRIDE;
    let column = by_strip.y * width;
    let left = params.ow - column;
    let strip = Strip(params.x_first + source * params.h * params.w, params.h, params.w, column * STRIDE + 1u - params.left);
    let w0 = taps(o, 0u);
    let w1 = taps(o, 1u);
    let w2 = taps(o, 2u);
    var b = 0.0;
    if (params.has_bias == 1u) { b = bias[o]; }

    let first = by_block.y * params.rows;
    let end = min(first + params.rows, params.oh);
    var at = params.y_first + (image * params.oh + first) * params.ow + column;
    // Sums of the next two rows of y over what has been read.
    var h = first * STRIDE - params.top;
    var next = sums(row_of(strip, h), w0);
    if (STRIDE == 2u) {
        for (var k = first; k < end; k++) {
            next += sums(row_of(strip, h + 1u), w1);
            let below = row_of(strip, h + 2u);
            put_row(at, left, next + sums(below, w2), b);
            next = sums(below, w0);
            h += 2u;
            at += params.ow;
        }
        return;
    }
    let second = row_of(strip, h + 1u);
    next += sums(second, w1);
    var over = sums(second, w0);
    for (var k = first; k < end; k++) {
        let below = row_of(strip, h + 2u);
        put_row(at, left, next + sums(below, w2), b);
        next = over + sums(below, w1);
        over = sums(below, w0);
        h += 1u;
        at += params.ow;
    }
}
