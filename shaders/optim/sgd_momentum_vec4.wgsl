// g = scale dw + decay w      u = momentum u + g      w = w - rate (u, or with Nesterov's look ahead g + momentum u)
//
// SGD as PyTorch has it, without dampening: the rate is not part of what the velocity u remembers. w, velocity, dw (COUNT)
// as vec4, step = [rate, t, scale, …]. One invocation owns one vec4 of w and velocity and changes them in place.
// use: lib/grid

struct Params { count: u32, momentum: f32, decay: f32, ahead: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dw: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> velocity: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn sgd_momentum_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let rate = step[0];
    let g = step[2] * dw[i] + params.decay * w[i];
    let u = params.momentum * velocity[i] + g;
    velocity[i] = u;
    w[i] -= rate * select(u, g + params.momentum * u, params.ahead == 1u);
}
