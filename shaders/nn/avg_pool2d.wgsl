// y[n,c,oh,ow] = mean over the window's (h,w) of x[n,c,h,w]; padding does not count
//
// x (N,C,H,W)    y (N,C,OH,OW). One invocation owns one y element and writes it once.
// use: lib/pool2d

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn avg_pool2d(
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
    var sum = 0.0;
    for (var h = rows.x; h < rows.y; h++) {
        // A row is summed by itself, so that the error grows with the sides of the window and not with its area.
        var row = 0.0;
        for (var w = columns.x; w < columns.y; w++) { row += x[(at.x * params.h + h) * params.w + w]; }
        sum += row;
    }
    y[i] = sum / f32((rows.y - rows.x) * (columns.y - columns.x));
}
