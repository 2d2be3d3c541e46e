// y[i] = x[i] * (1 if u[i] < keep else 0) / keep      u[i] uniform in [0, 1), from seed, salt and i alone
//
// x, y (COUNT)    seed (8 words): the last one says how many tensors of this size came before, and u goes on where theirs ended. One invocation owns four elements of y in a row and writes them once. As the mask depends
// on nothing else, this kernel is its own gradient: dx from dy.
// use: lib/grid
// use: lib/random

struct Params {
    count: u32,
    first: u32, blocks: u32,  // blocks of four numbers before x, and in the whole tensor that x is a part of
    salt: u32, keep: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> seed: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn dropout(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let block = flat_index(wg, groups, lid, WG);
    let first = 4u * block;
    if (first >= params.count) { return; }
    let before = seed[1].w * params.blocks + params.first;
    let u = uniform_of(words_of_block(seed[0], vec4(seed[1].xyz, 0u), params.salt, before + block));
    let mask = select(vec4(0.0), vec4(1.0), u < vec4(params.keep));
    for (var j = 0u; j < min(4u, params.count - first); j++) {
        y[first + j] = x[first + j] * mask[j] / params.keep;
    }
}
