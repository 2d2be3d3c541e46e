// dx[n,c,h,w] = sum over (a,b) of dy[n,c,a,b] times the share of x[n,c,h,w] in y[n,c,a,b], as upsample2d gives it
//
// dy (N,C,H FH,W FW)    dx (N,C,H,W). One invocation owns one dx element and writes it once.
// use: lib/upsample

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn upsample2d_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.planes * params.h * params.w) { return; }
    let at = spot_of(i, params.h, params.w);
    let rows = span_of(at.y, params.fh, params.h);
    let columns = span_of(at.z, params.fw, params.w);
    var sum = 0.0;
    for (var a = rows.x; a < rows.y; a++) {
        let high = share_of(between(a, params.fh, params.h), at.y);
        let first = (at.x * params.h * params.fh + a) * params.w * params.fw;
        for (var b = columns.x; b < columns.y; b++) {
            sum += dy[first + b] * high * share_of(between(b, params.fw, params.w), at.z);
        }
    }
    dx[i] = sum;
}
