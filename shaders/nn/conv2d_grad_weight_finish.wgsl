// dw[g, o, c, t] = sum over s of partial[s, g, o, t, c]
//
// partial (splits, groups, O, taps, record)    dw (groups, O, C, taps)
// One invocation owns one element of dw and adds its partial sums in their order.
// use: lib/grid

struct Params { count: u32, splits: u32, c: u32, taps: u32, record: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
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
    let tap = i % params.taps;
    let c = (i / params.taps) % params.c;
    let o = i / (params.taps * params.c);
    let split = params.count / params.c * params.record;
    let first = (o * params.taps + tap) * params.record + c;
    var sum = 0.0;
    for (var s = 0u; s < params.splits; s++) { sum += partial[first + s * split]; }
    dw[i] = sum;
}
