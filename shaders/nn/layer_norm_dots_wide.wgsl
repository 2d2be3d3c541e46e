// y[0,j,k] = sum of dy[r,k], y[1,j,k] = sum of dy[r,k] xhat[r,k] over the rows r of chunk j      xhat = (x - mean[r]) rstd[r]
//
// x, dy (ROWS,N), N counted in vec4    stats (ROWS) pairs of mean and rstd    y (2,CHUNKS,N). One invocation owns four k of one chunk, eight apart:
// eight neighbours go down a piece of 32 k together, which a processor's caches follow.
// x and dy may be parts of the rows, whose chunks are those from FIRST on.
// use: lib/divide
// use: lib/grid

struct Params { rows: u32, n: u32, chunks: u32, chunk: u32, first: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

fn put(out: u32, k: u32, sum: vec4<f32>, along: vec4<f32>) {
    if (k >= params.n) { return; }
    y[out + k] = sum;
    y[params.chunks * params.n + out + k] = along;
}

@compute @workgroup_size(WG)
fn layer_norm_dots_wide(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let pieces = (params.n + 31u) / 32u;
    let place = split(i / 8u, pieces);
    let begin = place.x * params.chunk;
    if (begin >= params.rows) { return; }
    let k0 = place.y * 32u + i % 8u;
    let last = params.n - 1u;
    let k = min(vec4(k0, k0 + 8u, k0 + 16u, k0 + 24u), vec4(last));
    var sum: mat4x4<f32>;
    var along: mat4x4<f32>;
    for (var row = begin; row < min(begin + params.chunk, params.rows); row++) {
        let at = k + row * params.n;
        let of_row = stats[row];
        let d = mat4x4<f32>(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
        sum += d;
        along += mat4x4<f32>(
            d[0] * ((x[at.x] - of_row.x) * of_row.y), d[1] * ((x[at.y] - of_row.x) * of_row.y),
            d[2] * ((x[at.z] - of_row.x) * of_row.y), d[3] * ((x[at.w] - of_row.x) * of_row.y),
        );
    }
    let out = (params.first + place.x) * params.n;
    put(out, k0, sum[0], along[0]);
    put(out, k0 + 8u, sum[1], along[1]);
    put(out, k0 + 16u, sum[2], along[2]);
    put(out, k0 + 24u, sum[3], along[3]);
}
