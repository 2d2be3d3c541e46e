// y[b,m,t] = sum over first <= f < end of w[m,f] x[b,f,t], with (first, end) = ranges[m]
//
// w (M,F)    ranges (M,2) words    x (B,F,T)    y (B,M,T)
// One invocation owns four columns of a row, a workgroup's width apart. What w holds outside the ranges is not read. Writes.
// use: lib/grid

struct Params {
    rows: u32,             // M
    columns: u32,          // F
    frames: u32,           // T
    tiles: u32,            // workgroups a row of y
    batch: u32,            // B
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> ranges: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 32;

@compute @workgroup_size(WG)
fn banded_matmul(
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
    let t = (group % params.tiles) * 4u * WG + lid;
    let columns = vec4(t, t + WG, t + 2u * WG, t + 3u * WG);
    let inside = min(columns, vec4(last));
    var sum = vec4(0.0);
    var at = ((row / params.rows) * params.columns + range.x) * params.frames;
    for (var f = range.x; f < range.y; f++) {
        sum += w[m * params.columns + f] * vec4(x[at + inside.x], x[at + inside.y], x[at + inside.z], x[at + inside.w]);
        at += params.frames;
    }
    let first = row * params.frames;
    if (columns.x <= last) { y[first + columns.x] = sum.x; }
    if (columns.y <= last) { y[first + columns.y] = sum.y; }
    if (columns.z <= last) { y[first + columns.z] = sum.z; }
    if (columns.w <= last) { y[first + columns.w] = sum.w; }
}
