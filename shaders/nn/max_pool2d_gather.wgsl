// dy[n,c,oh,ow] = v[n,c,h,w] where (h,w) is the window's place: the transpose of max_pool2d_grad_input
//
// places as max_pool2d_places gives them, dy (N,C,OH,OW)    v (N,C,H,W). One invocation owns one dy element and writes it once.
// use: lib/pool2d

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> places: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn max_pool2d_gather(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.planes * params.oh * params.ow) { return; }
    let at = spot_of(i, params.oh, params.ow);
    let place = split(u32(places[i]), params.kw);
    let h = at.y * params.sh + place.x - params.top;
    let w = at.z * params.sw + place.y - params.left;
    dy[i] = v[(at.x * params.h + h) * params.w + w];
}
