// y[i] = x[i] / keep where a random number is below keep, else 0
//
// x, y (COUNT)    seed (8 words). One invocation owns four numbers of y and writes them once. The random numbers are those of
// Philox for the counter (i / 4, salt, seed[4], seed[3]) and the key (seed[0] ^ seed[2], seed[1]): the same for x and for its
// gradient, others for each salt, step and part of a batch.
// use: lib/grid
// use: lib/random

struct Params { count: u32, salt: u32, keep: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> seed: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn dropout(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let four = flat_index(wg, groups, lid, WG);
    let first = four * 4u;
    if (first >= params.count) { return; }
    let u = unit4(philox(vec4(four, params.salt, seed[4], seed[3]), vec2(seed[0] ^ seed[2], seed[1])));
    for (var k = 0u; k < 4u; k++) {
        let i = first + k;
        if (i < params.count) { y[i] = select(0.0, x[i] / params.keep, u[k] < params.keep); }
    }
}
