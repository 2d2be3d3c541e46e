// g = scale dw      m = beta1 m + (1 - beta1) g      v = beta2 v + (1 - beta2) g^2
// w = (1 - rate decay) w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
//
// Adam (Kingma & Ba 2015); with decay AdamW (Loshchilov & Hutter 2019). w, m, v, dw (COUNT) vec4
// step = [rate, t from 1, scale, …]. One invocation owns one vec4 of w, m and v and changes them in place.
// use: lib/grid
// use: lib/power

struct Params {
    count: u32,
    beta1: f32, beta2: f32,
    rest1: f32, rest2: f32,     // 1 - beta
    log1: f32, log2: f32,       // log(beta)
    eps: f32,
    decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dw: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> v: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn adam_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let rate = step[0];
    let g = step[2] * dw[i];
    let mean = params.beta1 * m[i] + params.rest1 * g;
    let square = params.beta2 * v[i] + params.rest2 * g * g;
    let root = sqrt(square / one_minus_power(params.log2, step[1]));
    m[i] = mean;
    v[i] = square;
    let stride = rate / one_minus_power(params.log1, step[1]);
    w[i] = w[i] * (1.0 - rate * params.decay) - stride * mean / (root + params.eps);
}
