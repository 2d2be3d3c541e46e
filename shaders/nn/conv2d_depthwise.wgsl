// y[n, o, h, w] = activation(bias[o] + sum over i, j of weight[o, i, j] * x[n, o / many, h s + i d - top, w s + j d - left])
//
// x (N,C,D,H,W)    weight (O,KH,KW)    y (N,O,D,OH,OW). One invocation owns one pixel of y and writes it once.
// use: lib/activate
// use: lib/divide
// use: lib/grid

struct Params {
    units: u32, o: u32, many: u32, depth: u32,    // pixels of y; its channels, and of a channel of x; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    kh: u32, kw: u32, stride_h: u32, stride_w: u32, dilation_h: u32, dilation_w: u32,
    x_first: u32, y_first: u32,
    has_bias: u32, slope: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_depthwise(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let unit = flat_index(wg, groups, lid, WG);
    if (unit >= params.units) { return; }
    let by_column = split(unit, params.ow);
    let by_row = split(by_column.x, params.oh);
    let by_depth = split(by_row.x, params.depth);
    let by_o = split(by_depth.x, params.o);
    let o = by_o.y;
    let source = (by_o.x * (params.o / params.many) + o / params.many) * params.depth + by_depth.y;
    let start = params.x_first + source * params.h * params.w;
    let column = by_column.y * params.stride_w - params.left;
    var row = by_row.y * params.stride_h - params.top;
    var at = o * params.kh * params.kw;
    var sum = 0.0;
    if (params.has_bias == 1u) { sum = bias[o]; }
    // Places before an image wrap, and are past it.
    for (var i = 0u; i < params.kh; i++) {
        if (row < params.h) {
            var w = column;
            for (var j = 0u; j < params.kw; j++) {
                if (w < params.w) { sum += weight[at + j] * x[start + row * params.w + w]; }
                w += params.dilation_w;
            }
        }
        at += params.kw;
        row += params.dilation_h;
    }
    y[params.y_first + unit] = activate(vec4(sum)).x;
}
