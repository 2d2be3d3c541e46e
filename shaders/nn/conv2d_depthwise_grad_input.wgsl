// dx[n, c, h, w] = sum over m, i, j of weight[c many + m, i, j] * dy[n, c many + m, (h + top - i d) / s, (w + left - j d) / s], where both are whole
//
// dy (N,O,D,OH,OW)    weight (O,KH,KW)    dx (N,C,D,H,W). One invocation owns one pixel of dx and writes it once.
// use: lib/divide
// use: lib/grid

struct Params {
    units: u32, o: u32, many: u32, depth: u32,    // pixels of dx; channels of dy, for one of dx; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    kh: u32, kw: u32, stride_h: u32, stride_w: u32, dilation_h: u32, dilation_w: u32,
    dy_first: u32, dx_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_depthwise_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let unit = flat_index(wg, groups, lid, WG);
    if (unit >= params.units) { return; }
    let by_column = split(unit, params.w);
    let by_row = split(by_column.x, params.h);
    let by_depth = split(by_row.x, params.depth);
    let by_c = split(by_depth.x, params.o / params.many);
    let first = by_c.y * params.many;
    var sum = 0.0;
    for (var m = first; m < first + params.many; m++) {
        let start = params.dy_first + ((by_c.x * params.o + m) * params.depth + by_depth.y) * params.oh * params.ow;
        for (var i = 0u; i < params.kh && i * params.dilation_h <= by_row.y + params.top; i++) {
            let row = split(by_row.y + params.top - i * params.dilation_h, params.stride_h);
            if (row.y != 0u || row.x >= params.oh) { continue; }
            for (var j = 0u; j < params.kw && j * params.dilation_w <= by_column.y + params.left; j++) {
                let column = split(by_column.y + params.left - j * params.dilation_w, params.stride_w);
                if (column.y != 0u || column.x >= params.ow) { continue; }
                sum += weight[(m * params.kh + i) * params.kw + j] * dy[start + row.x * params.ow + column.x];
            }
        }
    }
    dx[params.dx_first + unit] = sum;
}
