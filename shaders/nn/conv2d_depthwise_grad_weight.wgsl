// y[s, o, i, j] = sum over the split's pixels (n, h, w) of dy[n, o, h, w] * x[n, o / many, h s + i d - top, w s + j d - left]
//
// x (N,C,D,H,W)    dy (N,O,D,OH,OW)    y (splits, a record of O windows). One workgroup owns a tap of a channel of dy over a split and writes
// its sum once: neighbours take neighbouring pixels.
// use: lib/divide
// use: lib/grid
// use: lib/reduce

struct Params {
    units: u32, o: u32, many: u32, depth: u32,                        // all of them; channels of dy, of a channel of x; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    kh: u32, kw: u32, stride_h: u32, stride_w: u32, dilation_h: u32, dilation_w: u32,
    images: u32, images_split: u32, first_split: u32, record: u32,    // those of a part, those of a split; numbers of a record
    x_first: u32, dy_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 32;

@compute @workgroup_size(WG)
fn conv2d_depthwise_grad_weight(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Groups past the last one do what it does, and write nothing.
    let group = flat_group(wg, groups);
    let taps = params.kh * params.kw;
    let by_tap = split(min(group, params.units - 1u), taps);
    let by_o = split(by_tap.x, params.o);
    let o = by_o.y;
    let i = by_tap.y / params.kw;
    // Places before an image wrap, and are past it.
    let down = i * params.dilation_h - params.top;
    let across = (by_tap.y - i * params.kw) * params.dilation_w - params.left;
    let first = by_o.x * params.images_split;
    let end = min(first + params.images_split, params.images);
    let plane = params.oh * params.ow;
    var sum = 0.0;
    for (var n = first; n < end; n++) {
        let image = split(n, params.depth);
        let source = (image.x * (params.o / params.many) + o / params.many) * params.depth + image.y;
        let start = params.x_first + source * params.h * params.w;
        let own = params.dy_first + ((image.x * params.o + o) * params.depth + image.y) * plane;
        for (var p = lid; p < plane; p += WG) {
            let at = split(p, params.ow);
            let row = at.x * params.stride_h + down;
            let column = at.y * params.stride_w + across;
            if (row < params.h && column < params.w) { sum += dy[own + p] * x[start + row * params.w + column]; }
        }
    }
    sum = group_sum(lid, sum);
    if (lid == 0u && group < params.units) { y[(params.first_split + by_o.x) * params.record + o * taps + by_tap.y] = sum; }
}
