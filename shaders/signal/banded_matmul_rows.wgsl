// y[b,m,t] = sum over the band of m of w[m,f] x[b,t,f]
//
// w in vec4s along f, the bands one behind the other    bands (M) of words (first vec4 of x, how many, first of w, 0)
// x (B,T,F/4) vec4    y (B,M,T) or (B,T,M)
// One invocation owns 8 neighbouring frames of a band; neighbouring invocations have neighbouring bands. Writes.
// use: lib/grid

struct Params {
    rows: u32,             // M
    frames: u32,           // T
    x_frame: u32,          // F / 4
    batch: u32,            // B
    y_signal: u32,         // steps in y
    y_row: u32,
    y_frame: u32,
    tiles: u32,            // eights of frames of a signal
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bands: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

fn put(at: u32, t: u32, s: vec4<f32>) {
    if (t < params.frames) { y[at + t * params.y_frame] = s.x + s.y + s.z + s.w; }
}

@compute @workgroup_size(WG)
fn banded_matmul_rows(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let m = i % params.rows;
    let b = i / params.rows / params.tiles;
    let t = i / params.rows % params.tiles * 8u;
    if (b >= params.batch) { return; }
    let band = bands[m];
    // Frames past the end are read as the last one.
    let last = params.frames - 1u;
    let begin = b * params.frames * params.x_frame + band.x;
    let x0 = begin + t * params.x_frame;
    let x1 = begin + min(t + 1u, last) * params.x_frame;
    let x2 = begin + min(t + 2u, last) * params.x_frame;
    let x3 = begin + min(t + 3u, last) * params.x_frame;
    let x4 = begin + min(t + 4u, last) * params.x_frame;
    let x5 = begin + min(t + 5u, last) * params.x_frame;
    let x6 = begin + min(t + 6u, last) * params.x_frame;
    let x7 = begin + min(t + 7u, last) * params.x_frame;
    var s0 = vec4(0.0);
    var s1 = vec4(0.0);
    var s2 = vec4(0.0);
    var s3 = vec4(0.0);
    var s4 = vec4(0.0);
    var s5 = vec4(0.0);
    var s6 = vec4(0.0);
    var s7 = vec4(0.0);
    for (var k = 0u; k < band.y; k++) {
        let weight = w[band.z + k];
        s0 += weight * x[x0 + k];
        s1 += weight * x[x1 + k];
        s2 += weight * x[x2 + k];
        s3 += weight * x[x3 + k];
        s4 += weight * x[x4 + k];
        s5 += weight * x[x5 + k];
        s6 += weight * x[x6 + k];
        s7 += weight * x[x7 + k];
    }
    let at = b * params.y_signal + m * params.y_row;
    put(at, t, s0);
    put(at, t + 1u, s1);
    put(at, t + 2u, s2);
    put(at, t + 3u, s3);
    put(at, t + 4u, s4);
    put(at, t + 5u, s5);
    put(at, t + 6u, s6);
    put(at, t + 7u, s7);
}
