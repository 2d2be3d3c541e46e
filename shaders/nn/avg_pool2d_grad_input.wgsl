// dx[n,c,h,w] = sum over the windows that cover (h,w) of dy[n,c,oh,ow] / (places of the image in the window)
//
// dx (N,C,H,W)    dy (N,C,OH,OW). One invocation owns one dx element and writes it once.
// use: lib/pool2d

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn avg_pool2d_grad_input(
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
        let high = places_of(oh, params.kh, params.sh, params.top, params.h);
        for (var ow = columns.x; ow < columns.y; ow++) {
            let wide = places_of(ow, params.kw, params.sw, params.left, params.w);
            sum += dy[(at.x * params.oh + oh) * params.ow + ow] / f32((high.y - high.x) * (wide.y - wide.x));
        }
    }
    dx[i] = sum;
}
