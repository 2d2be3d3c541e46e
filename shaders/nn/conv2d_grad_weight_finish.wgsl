// dw[g, o, c, t] = sum over s of partial[s, g, o, t, c]
//
// partial (splits, groups, O, taps, record/4) vec4 along c    dw (groups, O, C, taps)
// One invocation owns four channels of a tap of dw and adds their partial sums in their order.
// use: lib/grid

struct Params { count: u32, splits: u32, c: u32, taps: u32, record4: u32 }  // count: vec4s of a split

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_grad_weight_finish(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    var sum = vec4(0.0);
    for (var s = 0u; s < params.splits; s++) { sum += partial[i + s * params.count]; }

    let c = i % params.record4 * 4u;
    let row = i / params.record4;
    let at = (row / params.taps * params.c + c) * params.taps + row % params.taps;
    if (c < params.c) { dw[at] = sum.x; }
    if (c + 1u < params.c) { dw[at + params.taps] = sum.y; }
    if (c + 2u < params.c) { dw[at + 2u * params.taps] = sum.z; }
    if (c + 3u < params.c) { dw[at + 3u * params.taps] = sum.w; }
}
