// dy[n,c,oh,ow] = v[n,c,h,w] where (h,w) is the place of the window's maximum of x: the transpose of max_pool2d_grad_input
//
// x, v (N,C,H,W)    dy (N,C,OH,OW). One invocation owns one dy element and writes it once. Ties and NaN as there.
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
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;

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
            let here_value = x[here];
            if (exceeds(here_value, best)) { best = here_value; at = here; }
        }
    }
    return at;
}

@compute @workgroup_size(WG)
fn max_pool2d_gather(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.planes * params.oh * params.ow) { return; }
    let row = split(i, params.ow);
    let plane = split(row.x, params.oh);
    dy[i] = v[argmax_of_window(plane.x, plane.y, row.y)];
}
