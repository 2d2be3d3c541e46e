// g = scale dw      ms = decay ms + (1 - decay) g^2      w = w - rate g / sqrt(ms + eps)
//
// RMSProp as TensorFlow 1 has it: epsilon is inside the root, and ms starts at one, which is the caller's to see to.
// w, ms, dw (COUNT)    step = [rate, t, scale, …]. One invocation owns one element of w and ms and changes them in place.
// use: lib/grid

struct Params { count: u32, decay: f32, rest: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dw: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> ms: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn rmsprop(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let rate = step[0];
    let g = step[2] * dw[i];
    let square = params.decay * ms[i] + params.rest * g * g;
    ms[i] = square;
    w[i] -= rate * g / sqrt(square + params.eps);
}
