// y[n,c,a,b] = x[n,c,a / FH,b / FW], or with LINEAR the mean of the four pixels around by how near their middles are
//
// x (N,C,H,W)    y (N,C,H FH,W FW). One invocation owns one y element and writes it once.
// use: lib/upsample

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn upsample2d(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let rows = params.h * params.fh;
    let columns = params.w * params.fw;
    if (i >= params.planes * rows * columns) { return; }
    let at = spot_of(i, rows, columns);
    let a = between(at.y, params.fh, params.h);
    let b = between(at.z, params.fw, params.w);
    let near = (at.x * params.h + a.near) * params.w;
    var value = x[near + b.near];
    if (LINEAR) {
        let far = (at.x * params.h + a.far) * params.w;
        let above = (1.0 - b.share) * value + b.share * x[near + b.far];
        let below = (1.0 - b.share) * x[far + b.near] + b.share * x[far + b.far];
        value = (1.0 - a.share) * above + a.share * below;
    }
    y[i] = value;
}
