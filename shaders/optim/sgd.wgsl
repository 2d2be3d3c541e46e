// g = g + decay w    velocity = momentum velocity + g    w = w - lr velocity, or with nesterov lr (g + momentum velocity)
//
// Gradient descent with momentum in the form of PyTorch.
// gradient, w and the slots (COUNT)    step (8 words): learning rate, step number from 1. One invocation owns one element of
// the weights and the slots, and writes each once.
// use: lib/grid

struct Params { count: u32, momentum: f32, nesterov: u32, decay: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> step_words: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> velocity: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn sgd(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let g = gradient[i] + params.decay * w[i];
    let speed = params.momentum * velocity[i] + g;
    velocity[i] = speed;
    w[i] -= step_words[0] * select(speed, g + params.momentum * speed, params.nesterov == 1u);
}
