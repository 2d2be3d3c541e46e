// dx[n,c,h,w] = sum over the windows whose maximum is at (h,w) of dy[n,c,oh,ow]
//
// x, dx (N,C,H,W)    dy (N,C,OH,OW). One invocation owns one dx element and writes it once: it gathers from the windows that
// cover it, so there are no atomics. A tie counts for the first maximum in reading order and a NaN as a maximum, as in
// PyTorch.
// use: lib/divide
// use: lib/grid
// use: lib/maximum
// use: lib/window

struct Params {
    planes: u32,
    h: u32, w: u32,
    oh: u32, ow: u32,
    kh: u32, kw: u32,
    sh: u32, sw: u32,
    top: u32, left: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

// Position in x of the maximum of window (oh,ow) of a plane.
fn argmax_of_window(plane: u32, oh: u32, ow: u32) -> u32 {
    let rows = places_of(oh, params.kh, params.sh, params.top, params.h);
    let columns = places_of(ow, params.kw, params.sw, params.left, params.w);
    var at = (plane * params.h + rows.x) * params.w + columns.x;
    var best = x[at];
    for (var h = rows.x; h < rows.y; h++) {
        for (var w = columns.x; w < columns.y; w++) {
            let here = (plane * params.h + h) * params.w + w;
            let v = x[here];
            if (exceeds(v, best)) { best = v; at = here; }
        }
    }
    return at;
}

@compute @workgroup_size(WG)
fn max_pool2d_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.planes * params.h * params.w) { return; }
    let row = split(i, params.w);
    let plane = split(row.x, params.h);
    let rows = windows_over(plane.y, params.kh, params.sh, params.top, params.oh);
    let columns = windows_over(row.y, params.kw, params.sw, params.left, params.ow);
    var sum = 0.0;
    for (var oh = rows.x; oh < rows.y; oh++) {
        for (var ow = columns.x; ow < columns.y; ow++) {
            if (argmax_of_window(plane.x, oh, ow) == i) { sum += dy[(plane.x * params.oh + oh) * params.ow + ow]; }
        }
    }
    dx[i] = sum;
}
