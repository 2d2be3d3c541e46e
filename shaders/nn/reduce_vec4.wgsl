// y[c,o] = scale * join over chunk c of x[o, i]      sum, maximum or minimum along some axes
//
// x: element at the kept axes' strides (k0..k2) and the reduced axes' (r0..r2)    y (CHUNKS,OUT)
// The innermost reduced axis is contiguous: lengths, strides and offsets count vec4. One invocation owns one element of y, walks one chunk of the reduced elements, and writes once.
// Long reductions take further passes over the chunks, so an error grows with the chunk's length and not with the whole.
// use: lib/grid
// use: lib/join
// use: lib/maximum

struct Params {
    out: u32, chunks: u32, chunk: u32, reduced: u32, scale: f32,
    k1: u32, k2: u32, ks0: u32, ks1: u32, ks2: u32,
    r1: u32, r2: u32, rs0: u32, rs1: u32, rs2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

fn join4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    switch KIND {
        case 1u: { return larger4(a, b); }
        case 2u: { return smaller4(a, b); }
        default: { return a + b; }
    }
}

fn fold(v: vec4<f32>) -> f32 {
    return join(join(v.x, v.y), join(v.z, v.w));
}

@compute @workgroup_size(WG)
fn reduce_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.out * params.chunks) { return; }
    let o = i % params.out;
    let begin = (i / params.out) * params.chunk;
    let end = min(begin + params.chunk, params.reduced);
    let base = (o / (params.k1 * params.k2)) * params.ks0 + (o / params.k2 % params.k1) * params.ks1 + (o % params.k2) * params.ks2;

    // Position along the reduced axes, counted on: a division an element would cost more than its load.
    var i2 = begin % params.r2;
    var i1 = begin / params.r2 % params.r1;
    var i0 = begin / (params.r2 * params.r1);
    // A sum starts at 0; a maximum may see an element twice.
    let start = select(x[base + i0 * params.rs0 + i1 * params.rs1 + i2 * params.rs2], vec4(0.0), KIND == 0u);
    var sum = start;
    var some = start;
    for (var n = begin; n < end; n++) {
        some = join4(some, x[base + i0 * params.rs0 + i1 * params.rs1 + i2 * params.rs2]);
        i2++;
        if (i2 == params.r2) {
            i2 = 0u;
            i1++;
            if (i1 == params.r1) { i1 = 0u; i0++; }
        }
        // Thirty-two at a time, so that the error of a long sum stays small.
        if (((n - begin) & 31u) == 31u) { sum = join4(sum, some); some = start; }
    }
    sum = join4(sum, some);
    y[i] = params.scale * fold(sum);
}
