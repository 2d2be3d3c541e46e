// ms = decay ms + (1-decay) g^2    mom = momentum mom + lr g / sqrt(ms + eps)    w = w - mom
//
// RMSProp in the form of TensorFlow 1: eps inside the root, ms starting at 1.
// gradient, w and the slots (COUNT)    step (8 words): learning rate, step number from 1. One invocation owns one element of
// the weights and the slots, and writes each once.
// use: lib/grid

struct Params { count: u32, decay: f32, momentum: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> step_words: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> ms: array<f32>;
@group(0) @binding(5) var<storage, read_write> mom: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn rmsprop(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let g = gradient[i];
    let square = params.decay * ms[i] + (1.0 - params.decay) * g * g;
    let change = params.momentum * mom[i] + step_words[0] * g / sqrt(square + params.eps);
    ms[i] = square;
    mom[i] = change;
    w[i] -= change;
}
