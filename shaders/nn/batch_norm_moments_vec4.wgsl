// y[0,k,c] = sum of x - x0, y[1,k,c] = sum of (x - x0)^2 over chunk k of channel c, with x0 the channel's first number
//
// x (N,C,S), S and chunks counted in vec4    y (2,CHUNKS,C). One invocation owns one chunk of one channel. Measured from x0
// instead of 0, the squares keep their digits where a mean is far from 0 (Chan et al. 1983, "shifted data").
// use: lib/grid

struct Params { n: u32, c: u32, s: u32, chunks: u32, chunk: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn batch_norm_moments_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.c * params.chunks) { return; }
    let c = i % params.c;
    let begin = (i / params.c) * params.chunk;
    let end = min(begin + params.chunk, params.n * params.s);
    let first = x[c * params.s].x;
    var at = ((begin / params.s) * params.c + c) * params.s + begin % params.s;
    var left = params.s - begin % params.s;
    var sum = vec4(0.0);
    var square = vec4(0.0);
    for (var k = begin; k < end; k++) {
        let d = x[at] - first;
        sum += d;
        square += d * d;
        at++;
        left--;
        // Past the channel's image: on to its image in the next sample.
        if (left == 0u) { left = params.s; at += (params.c - 1u) * params.s; }
    }
    y[i] = dot(sum, vec4(1.0));
    y[params.c * params.chunks + i] = dot(square, vec4(1.0));
}
