// dy[n,c,oh,ow] = v[n,c,h,w] where (h,w) is the place of the first maximum of x in the window of 2x2
//
// x, v (N,C,2 OH,2 OW) vec4 along w    dy (N,C,OH,OW) vec4 along w, COUNT of them. One invocation owns four windows side by
// side and writes them once. Admitted where max_pool2d_2x2 is; ties and NaN as in max_pool2d_grad_input.
// use: lib/divide
// use: lib/grid
// use: lib/maximum

struct Params { count: u32, ow4: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dy: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn max_pool2d_2x2_gather(
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
    let at = argmax_of_four(
        vec4(top0.xz, top1.xz), vec4(top0.yw, top1.yw), vec4(low0.xz, low1.xz), vec4(low0.yw, low1.yw),
    );
    let v0 = v[left]; let v1 = v[left + 1u];
    let v2 = v[below]; let v3 = v[below + 1u];
    let above = select(vec4(v0.xz, v1.xz), vec4(v0.yw, v1.yw), at == vec4(1u));
    let under = select(vec4(v2.xz, v3.xz), vec4(v2.yw, v3.yw), at == vec4(3u));
    dy[i] = select(above, under, at >= vec4(2u));
}
