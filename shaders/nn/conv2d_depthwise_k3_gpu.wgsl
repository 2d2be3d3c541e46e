// y[n, o, h, w] = activation(bias[o] + sum over i, j of weight[o, i, j] * x[n, o / many, h s + i - top, w s + j - left])   (3x3 taps, s 1 or 2)
//
// x (N,C,D,H,W)    y (N,O,D,OH,OW)    weight (O,9), with TURNED from the last tap to the first
// One invocation owns a column of a block of rows of y, goes down its rows and writes each pixel once: neighbours read neighbours. Three pixels
// of x are read a row. Admitted on GPUs.
// use: lib/activate
// use: lib/divide
// use: lib/grid

struct Params {
    units: u32, strips: u32, blocks: u32, rows: u32,    // all of them, columns of a row, blocks of an image, rows of a block
    o: u32, many: u32, depth: u32,                      // channels of y, of a channel of x; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    x_first: u32, y_first: u32,
    has_bias: u32, slope: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;
override STRIDE: u32 = 1;
override TURNED: bool = false;

// A row of the window of channel o.
fn taps(o: u32, i: u32) -> vec3<f32> {
    let at = o * 9u + select(3u * i, 8u - 3u * i, TURNED);
    return vec3(weight[at], weight[select(at + 1u, at - 1u, TURNED)], weight[select(at + 2u, at - 2u, TURNED)]);
}

fn pixel(start: u32, h: u32, w: u32) -> f32 {
    // Both wrap before the image.
    if (h < params.h && w < params.w) { return x[start + h * params.w + w]; }
    return 0.0;
}

// Three pixels of row h from column w on.
fn row_of(start: u32, h: u32, w: u32) -> vec3<f32> {
    return vec3(pixel(start, h, w), pixel(start, h, w + 1u), pixel(start, h, w + 2u));
}

@compute @workgroup_size(WG)
fn conv2d_depthwise_k3_gpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let unit = flat_index(wg, groups, lid, WG);
    if (unit >= params.units) { return; }
    let by_column = split(unit, params.strips);
    let by_block = split(by_column.x, params.blocks);
    let image = by_block.x;
    let by_depth = split(image, params.depth);
    let by_o = split(by_depth.x, params.o);
    let o = by_o.y;
    let source = (by_o.x * (params.o / params.many) + o / params.many) * params.depth + by_depth.y;
    let start = params.x_first + source * params.h * params.w;
    let w = by_column.y * STRIDE - params.left;
    let w0 = taps(o, 0u);
    let w1 = taps(o, 1u);
    let w2 = taps(o, 2u);
    var b = 0.0;
    if (params.has_bias == 1u) { b = bias[o]; }

    let first = by_block.y * params.rows;
    let end = min(first + params.rows, params.oh);
    var at = params.y_first + (image * params.oh + first) * params.ow + by_column.y;
    var h = first * STRIDE - params.top;
    var upper = row_of(start, h, w);
    var middle = row_of(start, h + 1u, w);
    for (var k = first; k < end; k++) {
        if (STRIDE == 2u) { middle = row_of(start, h + 1u, w); }
        let lower = row_of(start, h + 2u, w);
        y[at] = activate(vec4(dot(w0, upper) + dot(w1, middle) + dot(w2, lower) + b)).x;
        if (STRIDE == 1u) {
            upper = middle;
            middle = lower;
        } else {
            upper = lower;
        }
        h += STRIDE;
        at += params.ow;
    }
}
