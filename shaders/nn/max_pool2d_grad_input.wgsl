// dx[n,c,h,w] = sum over the windows that have (h,w) as their place of dy[n,c,oh,ow]
//
// places as max_pool2d_places gives them, dy (N,C,OH,OW)    dx (N,C,H,W). One invocation owns one dx element and writes it once: it
// gathers from the windows that cover it, so there are no atomics.
// use: lib/pool2d

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
    let at = spot_of(i, params.h, params.w);
    let windows = over(at.y, at.z);
    let rows = windows.rows;
    let columns = windows.columns;
    var sum = 0.0;
    for (var oh = rows.x; oh < rows.y; oh++) {
        for (var ow = columns.x; ow < columns.y; ow++) {
            let window = (at.x * params.oh + oh) * params.ow + ow;
            let place = (at.y + params.top - oh * params.sh) * params.kw + at.z + params.left - ow * params.sw;
            if (places[window] == f32(place)) { sum += dy[window]; }
        }
    }
    dx[i] = sum;
}
