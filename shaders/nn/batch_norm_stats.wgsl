// y[0,c] = mean, y[1,c] = biased variance of channel c, from the chunks' moments about the channel's first number
//
// x (N,C,S)    moments (2,CHUNKS,C)    y (2,C). One invocation owns one channel.
// use: lib/grid

struct Params { c: u32, s: u32, chunks: u32, share: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn batch_norm_stats(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.c) { return; }
    var sum = 0.0;
    var square = 0.0;
    for (var k = 0u; k < params.chunks; k++) {
        sum += moments[k * params.c + i];
        square += moments[(params.chunks + k) * params.c + i];
    }
    let away = sum * params.share;
    y[i] = x[i * params.s] + away;
    let variance = square * params.share - away * away;
    // Rounding can make it negative; max would turn NaN into 0.
    y[params.c + i] = select(variance, 0.0, variance < 0.0);
}
