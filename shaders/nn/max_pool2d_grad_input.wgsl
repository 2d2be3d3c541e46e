// dx[n,c,h,w] = sum over the windows that have (h,w) as their place of dy[n,c,oh,ow]
//
// places as max_pool2d_places gives them, dy (N,C,OH,OW)    dx (N,C,H,W). One invocation owns one dx element and writes it once: it
// gathers from the windows that cover it, so there are no atomics.
// use: lib/divide
// use: lib/grid
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
@group(0) @binding(1) var<storage, read> places: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

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
            let window = (plane.x * params.oh + oh) * params.ow + ow;
            let place = (plane.y + params.top - oh * params.sh) * params.kw + row.y + params.left - ow * params.sw;
            if (places[window] == f32(place)) { sum += dy[window]; }
        }
    }
    dx[i] = sum;
}
