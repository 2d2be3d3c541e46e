// y[0,k,c] = p, y[1,k,c] = mean of x - p, y[2,k,c] = sum of (x - p - that mean)^2 over chunk k of channel c; p is its mean, rounded
//
// x (N,C,S), S and chunks counted in vec4    y (3,CHUNKS,C). One invocation owns one chunk of one channel, and walks it twice.
// x may be a part of the samples, whose chunks are those from FIRST on.
// Measured from the chunk's own mean, neither a mean far from 0 nor an outlier costs the squares their digits; what p has lost
// by rounding is kept beside it.
// use: lib/channel
// use: lib/grid
// use: lib/maximum

struct Params { n: u32, c: u32, s: u32, chunks: u32, chunk: u32, first: u32 }

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
    let c = i % params.c;
    let begin = (i / params.c) * params.chunk;
    if (begin >= params.n * params.s) { return; }
    let count = min(params.chunk, params.n * params.s - begin);
    let first = Place(((begin / params.s) * params.c + c) * params.s + begin % params.s, params.s - begin % params.s);
    var place = first;
    var total = vec4(0.0);
    for (var k = 0u; k < count; k++) {
        total += x[place.at];
        place = next(place);
    }
    let share = 1.0 / f32(4u * count);
    let pivot = dot(total, vec4(1.0)) * share;
    place = first;
    var sum = vec4(0.0);
    var square = vec4(0.0);
    for (var k = 0u; k < count; k++) {
        let d = x[place.at] - pivot;
        sum += d;
        square += d * d;
        place = next(place);
    }
    let away = dot(sum, vec4(1.0)) * share;
    let about = dot(square, vec4(1.0)) - dot(sum, vec4(1.0)) * away;
    let all = params.c * params.chunks;
    let at = params.first * params.c + i;
    y[at] = pivot;
    y[all + at] = away;
    // Rounding can make it negative.
    y[2u * all + at] = select(0.0, about, about > 0.0 || is_nan(about));
}
