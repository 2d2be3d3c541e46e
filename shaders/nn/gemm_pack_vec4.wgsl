// y[batch, panel, k, r] = x[batch * by_batch + row * by_row + k * by_k]      with row = panel * height + r; rows past the last are 0
//
// x any, read as vec4: along k (ALONG_K: by_k = 1, 4 divides k, by_row and by_batch), or along the rows (by_row = 1, 4 divides rows, by_k
// and by_batch)    y (batch, panels, k, height/4) vec4 along the rows
// gemm_pack where a vec4 can be read at once. One invocation owns four vec4s of y, of four steps (ALONG_K), or one.
// use: lib/grid

struct Params {
    count: u32,           // invocations
    rows: u32, k: u32,
    panels: u32, height4: u32,
    by_batch: u32, by_row: u32, by_k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;
override ALONG_K: bool = false;

fn at(row: u32, start: u32) -> vec4<f32> {
    if (row >= params.rows) { return vec4(0.0); }
    return x[(start + row * params.by_row) / 4u];
}

@compute @workgroup_size(WG)
fn gemm_pack_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let row4 = i % params.height4;
    var rest = i / params.height4;
    let steps = select(params.k, params.k / 4u, ALONG_K);
    let step = rest % steps;
    rest /= steps;
    let row = (rest % params.panels * params.height4 + row4) * 4u;
    let k = select(step, step * 4u, ALONG_K);
    let start = rest / params.panels * params.by_batch + k * params.by_k;
    let to = (rest * params.k + k) * params.height4 + row4;
    if (!ALONG_K) {
        y[to] = at(row, start);
        return;
    }
    let four = transpose(mat4x4<f32>(at(row, start), at(row + 1u, start), at(row + 2u, start), at(row + 3u, start)));
    y[to] = four[0];
    y[to + params.height4] = four[1];
    y[to + 2u * params.height4] = four[2];
    y[to + 3u * params.height4] = four[3];
}
