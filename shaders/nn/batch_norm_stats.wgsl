// y[0,c] = mean, y[1,c] = biased variance of channel c, from the moments of its chunks
//
// moments (3,CHUNKS,C) as batch_norm_moments makes them    y (2,C). One workgroup owns one channel. With n_k numbers in chunk k,
// mean = sum of n_k mean_k / M and variance = sum of (square_k + n_k (mean_k - mean)^2) / M (Chan et al. 1983): nothing cancels.
// Means are measured from that of chunk 0.
// use: lib/grid
// use: lib/reduce

struct Params { c: u32, chunks: u32, chunk: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> moments: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

// Numbers in a chunk: the last one may be short.
fn size_of(chunk: u32) -> f32 {
    return f32(min(params.chunk, params.count - chunk * params.chunk));
}

// The mean of a chunk, less that of chunk 0.
fn mean_of(chunk: u32, c: u32) -> f32 {
    let at = chunk * params.c + c;
    return (moments[at] - moments[c]) + moments[params.chunks * params.c + at];
}

@compute @workgroup_size(WG)
fn batch_norm_stats(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let c = flat_group(wg, groups);
    if (c >= params.c) { return; }
    var sum = 0.0;
    for (var k = lid; k < params.chunks; k += WG) { sum += size_of(k) * mean_of(k, c); }
    let mean = group_sum(lid, sum) / f32(params.count);
    var square = 0.0;
    for (var k = lid; k < params.chunks; k += WG) {
        let away = mean_of(k, c) - mean;
        square += moments[(2u * params.chunks + k) * params.c + c] + size_of(k) * away * away;
    }
    square = group_sum(lid, square);
    if (lid == 0u) {
        y[c] = moments[c] + mean;
        y[params.c + c] = square / f32(params.count);
    }
}
