// y[i] = low + (high - low) * u[i]      u[i] uniform in [0, 1), from seed, salt and i alone
//
// y (COUNT)    seed (8 words). One invocation owns four elements of y in a row and writes them once.
// use: lib/grid
// use: lib/random

struct Params { count: u32, salt: u32, low: f32, high: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> seed: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn random_uniform(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let block = flat_index(wg, groups, lid, WG);
    let first = 4u * block;
    if (first >= params.count) { return; }
    let u = uniform_of(words_of_block(seed[0], seed[1], params.salt, block));
    let value = params.low + (params.high - params.low) * u;
    for (var j = 0u; j < min(4u, params.count - first); j++) { y[first + j] = value[j]; }
}
