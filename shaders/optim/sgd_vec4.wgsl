// g = scale dw + decay w      w = w - rate g
//
// SGD without momentum. w, dw (COUNT) as vec4    step = [rate, t, scale, …]. One invocation owns one vec4 of w and changes it in place.
// use: lib/grid

struct Params { count: u32, decay: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dw: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn sgd_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    w[i] -= step[0] * (step[2] * dw[i] + params.decay * w[i]);
}
