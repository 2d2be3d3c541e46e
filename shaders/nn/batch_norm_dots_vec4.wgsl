// y[0,k,c] = sum of dy, y[1,k,c] = sum of dy xhat over chunk k of channel c, with xhat = (x - mean) / sqrt(variance + eps)
//
// x, dy (N,C,S), S and chunks counted in vec4    stats (2,C)    y (2,CHUNKS,C). One invocation owns one chunk of one channel.
// x and dy may be parts of the samples, whose chunks are those from FIRST on.
// use: lib/grid

struct Params { n: u32, c: u32, s: u32, chunks: u32, chunk: u32, first: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn batch_norm_dots_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let c = i % params.c;
    let begin = (i / params.c) * params.chunk;
    if (begin >= params.n * params.s) { return; }
    let end = min(begin + params.chunk, params.n * params.s);
    let mean = stats[c];
    var at = ((begin / params.s) * params.c + c) * params.s + begin % params.s;
    var left = params.s - begin % params.s;
    var sum = vec4(0.0);
    var along = vec4(0.0);
    for (var k = begin; k < end; k++) {
        let d = dy[at];
        sum += d;
        along += d * (x[at] - mean);
        at++;
        left--;
        // Past the channel's image: on to its image in the next sample.
        if (left == 0u) { left = params.s; at += (params.c - 1u) * params.s; }
    }
    let out = params.first * params.c + i;
    y[out] = dot(sum, vec4(1.0));
    y[params.c * params.chunks + out] = dot(along, vec4(1.0)) * inverseSqrt(stats[params.c + c] + params.eps);
}
