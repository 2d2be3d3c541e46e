// y[n,c,oh,ow] = max(x[n,c,2oh,2ow], x[n,c,2oh,2ow+1], x[n,c,2oh+1,2ow], x[n,c,2oh+1,2ow+1])      places = which of the four, from 0
//
// x (N,C,2 OH,2 OW) vec4 along w    y, places (N,C,OH,OW) vec4 along w, COUNT of them. One invocation owns four windows side by side
// and writes them once. Ties and NaN as in max_pool2d_places. Admitted where max_pool2d_2x2 is.
// use: lib/divide
// use: lib/grid
// use: lib/maximum

struct Params { count: u32, ow4: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> places: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn max_pool2d_2x2_places(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let column = split(i, params.ow4).y;
    let left = 4u * i - 2u * column;
    let below = left + 2u * params.ow4;
    let top0 = x[left]; let top1 = x[left + 1u];
    let low0 = x[below]; let low1 = x[below + 1u];
    let a = vec4(top0.xz, top1.xz);
    let b = vec4(top0.yw, top1.yw);
    let c = vec4(low0.xz, low1.xz);
    let d = vec4(low0.yw, low1.yw);
    y[i] = larger4(larger4(a, b), larger4(c, d));
    places[i] = vec4<f32>(argmax_of_four(a, b, c, d));
}
