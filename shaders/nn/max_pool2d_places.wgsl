// y[n,c,oh,ow] = max over the window's (h,w) of x[n,c,h,w]      places[n,c,oh,ow] = which of the window's kh kw places that was
//
// x (N,C,H,W)    y, places (N,C,OH,OW). One invocation owns one element of both and writes each once. Places are counted from 0 in
// reading order, those in the padding too, where no maximum is. A tie counts for the first and NaN as the maximum, as in PyTorch.
// use: lib/maximum
// use: lib/pool2d

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> places: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn max_pool2d_places(
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
    var place = vec2(rows.x, columns.x);
    for (var h = rows.x; h < rows.y; h++) {
        for (var w = columns.x; w < columns.y; w++) {
            let v = x[(at.x * params.h + h) * params.w + w];
            if (exceeds(v, best)) { best = v; place = vec2(h, w); }
        }
    }
    y[i] = best;
    let within = place + vec2(params.top, params.left) - at.yz * vec2(params.sh, params.sw);
    places[i] = f32(within.x * params.kw + within.y);
}
