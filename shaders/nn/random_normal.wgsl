// y[4b], y[4b+1] = mean + deviation * sqrt(-2 log(1 - u[4b])) * (cos, sin)(2 pi (u[4b+1] - 1/2))      and so for 4b+2, 4b+3
//
// Box & Muller (1958), with u[i] uniform in [0, 1), from seed, salt and i alone. y (COUNT)    seed (8 words). One invocation
// owns four elements of y in a row and writes them once. 1 - u is at least 2^-24, so |y - mean| is below 5.8 deviations.
// use: lib/grid
// use: lib/random

struct Params { count: u32, salt: u32, mean: f32, deviation: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> seed: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn random_normal(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let block = flat_index(wg, groups, lid, WG);
    let first = 4u * block;
    if (first >= params.count) { return; }
    let u = uniform_of(words_of_block(seed[0], seed[1], params.salt, block));
    let radius = params.deviation * sqrt(2.0 * minus_log_of_rest(u.xz));
    // Centred on 0, where sine and cosine are accurate on every device.
    let angle = 6.283185307179586 * (u.yw - 0.5);
    let across = radius * cos(angle);
    let up = radius * sin(angle);
    let value = params.mean + vec4(across.x, up.x, across.y, up.y);
    for (var j = 0u; j < min(4u, params.count - first); j++) { y[first + j] = value[j]; }
}
