// y[b,m,t] = sum over first <= f < end of w[m,f] x[b,f,t], with (first, end) = ranges[m]
//
// w (M,F)    ranges (M,2) words    x (B,F,T)    y (B,M,T), T in vec4
// One invocation owns two vec4 of a row, a workgroup's width apart. What w holds outside the ranges is not read. Writes.
// use: lib/grid

struct Params {
    rows: u32,             // M
    columns: u32,          // F
    frames: u32,           // T / 4
    tiles: u32,            // workgroups a row of y
    batch: u32,            // B
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> ranges: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 32;

@compute @workgroup_size(WG)
fn banded_matmul_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let group = flat_group(wg, groups);
    let row = group / params.tiles;
    if (row >= params.batch * params.rows) { return; }
    let m = row % params.rows;
    let range = ranges[m];
    let last = params.frames - 1u;
    let t = (group % params.tiles) * 2u * WG + lid;
    let t1 = t + WG;
    var sum = vec4(0.0);
    var sum1 = vec4(0.0);
    var at = ((row / params.rows) * params.columns + range.x) * params.frames;
    for (var f = range.x; f < range.y; f++) {
        let weight = w[m * params.columns + f];
        sum += weight * x[at + min(t, last)];
        sum1 += weight * x[at + min(t1, last)];
        at += params.frames;
    }
    if (t <= last) { y[row * params.frames + t] = sum; }
    if (t1 <= last) { y[row * params.frames + t1] = sum1; }
}
