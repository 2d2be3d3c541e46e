// y[n,c,oh,ow] = max over the window's (h,w) of x[n,c,h,w]
//
// x (N,C,H,W)    y (N,C,OH,OW). One invocation owns one y element and writes it once. Padding never wins; NaN counts as the
// maximum, as in PyTorch.
// use: lib/maximum
// use: lib/pool2d

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn max_pool2d(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.planes * params.oh * params.ow) { return; }
    let at = spot_of(i, params.oh, params.ow);
    let pixels = under(at.y, at.z);
    let rows = pixels.rows;
    let columns = pixels.columns;
    var best = x[(at.x * params.h + rows.x) * params.w + columns.x];
    for (var h = rows.x; h < rows.y; h++) {
        for (var w = columns.x; w < columns.y; w++) {
            let v = x[(at.x * params.h + h) * params.w + w];
            if (exceeds(v, best)) { best = v; }
        }
    }
    y[i] = best;
}
