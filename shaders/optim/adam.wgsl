// m = b1 m + (1-b1) g    v = b2 v + (1-b2) g^2    w = w - lr (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + decay w)
//
// Adam (Kingma & Ba 2015); with decay, AdamW (Loshchilov & Hutter 2019).
// gradient, w and the slots (COUNT)    step (8 words): learning rate, step number from 1. One invocation owns one element of
// the weights and the slots, and writes each once.
// use: lib/grid

struct Params { count: u32, beta1: f32, beta2: f32, eps: f32, decay: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> step_words: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn adam(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let lr = step_words[0];
    let t = step_words[1];
    let g = gradient[i];
    let mean = params.beta1 * m[i] + (1.0 - params.beta1) * g;
    let square = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
    // 1 - b^t without cancellation at small t: exp(t log b) is exact enough there, and past that it vanishes.
    let mean_hat = mean / (1.0 - exp(t * log(params.beta1)));
    let square_hat = square / (1.0 - exp(t * log(params.beta2)));
    m[i] = mean;
    v[i] = square;
    w[i] -= lr * (mean_hat / (sqrt(square_hat) + params.eps) + params.decay * w[i]);
}
