// y[0,j,k] = sum of dy[r,k], y[1,j,k] = sum of dy[r,k] xhat[r,k] over the rows r of chunk j      xhat = (x - mean[r]) rstd[r]
//
// x, dy (ROWS,N)    stats (ROWS) pairs of mean and rstd    y (2,CHUNKS,N). One invocation owns one k of one chunk.
// x and dy may be parts of the rows, whose chunks are those from FIRST on.
// use: lib/divide
// use: lib/grid

struct Params { rows: u32, n: u32, chunks: u32, chunk: u32, first: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn layer_norm_dots(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let place = split(flat_index(wg, groups, lid, WG), params.n);
    let begin = place.x * params.chunk;
    if (begin >= params.rows) { return; }
    var sum = 0.0;
    var along = 0.0;
    for (var row = begin; row < min(begin + params.chunk, params.rows); row++) {
        let at = row * params.n + place.y;
        let d = dy[at];
        sum += d;
        along += d * ((x[at] - stats[row].x) * stats[row].y);
    }
    let out = (params.first + place.x) * params.n + place.y;
    y[out] = sum;
    y[params.chunks * params.n + out] = along;
}
