// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 4/4) vec4 along m    b (batch, k, n/4) vec4 along n, or (batch, n, k/4) vec4 along k if B_BY_COLUMN
// y (batch, splits, m, n/4) vec4 along n
// One invocation owns 4 rows x 8 columns of y and writes them once; 8 neighbours share the rows and own 64 columns. For matrices of
// few rows, where reading b is all the work, or of few columns.
// use: lib/gemm_columns
// use: lib/outer
// use: lib/put

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Tile { l: mat4x4<f32>, r: mat4x4<f32> }

fn add_outer(tile: ptr<function, Tile>, rows: vec4<f32>, left: vec4<f32>, right: vec4<f32>) {
    (*tile).l += outer(rows, left);
    (*tile).r += outer(rows, right);
}

@compute @workgroup_size(WG)
fn gemm_thin(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let b_start = spot.batch * params.b_batch;
    var at = a_of(spot, 1u);
    var tile: Tile;
    var k = spot.first;
    for (; k + 4u <= spot.end; k += 4u) {
        let l = columns(b_start, spot.near, k);
        let r = columns(b_start, spot.far, k);
        add_outer(&tile, a[at], l[0], r[0]);
        add_outer(&tile, a[at + 1u], l[1], r[1]);
        add_outer(&tile, a[at + 2u], l[2], r[2]);
        add_outer(&tile, a[at + 3u], l[3], r[3]);
        at += 4u;
    }
    // By columns, k is a multiple of 4 and nothing is left.
    for (; k < spot.end; k += 1u) {
        let row = b_start + k * params.b_row;
        add_outer(&tile, a[at], b[row + spot.near], b[row + spot.far]);
        at += 1u;
    }

    if (!spot.inside) { return; }
    put(place_of(spot, 4u), 0u, tile.l, tile.r);
}
