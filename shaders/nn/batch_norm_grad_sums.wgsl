// y[0,c] = sum of dy, y[1,c] = sum of dy xhat over channel c, from its chunks' sums
//
// parts (2,CHUNKS,C)    y (2,C). One workgroup owns one element of y and writes it once.
// use: lib/grid
// use: lib/reduce

struct Params { c: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn batch_norm_grad_sums(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_group(wg, groups);
    if (i >= 2u * params.c) { return; }
    let base = (i / params.c) * params.chunks * params.c + i % params.c;
    var sum = 0.0;
    for (var k = lid; k < params.chunks; k += WG) { sum += parts[base + k * params.c]; }
    sum = group_sum(lid, sum);
    if (lid == 0u) { y[i] = sum; }
}
