// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 32/4) vec4 along m    b (batch, k, n/4) vec4 along n, or (batch, n, k/4) vec4 along k if B_BY_COLUMN
// y (batch, splits, m, n/4) vec4 along n
// One lane owns 32 rows x 8 columns of y and writes them once. The 8 lanes of a subgroup share the rows and own 64 columns: lane
// l loads the l-th vec4 of the 32 rows, and broadcasts hand it to all. Admitted on processors with subgroups of 8.
// use: lib/gemm_columns
// use: lib/tile

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn gemm_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    var spot = spot_of(flat_index(wg, groups, lid, WG));
    let b_start = spot.batch * params.b_batch;
    var at = a_of(spot, 8u) + spot.lane;
    var tile: Tile;
    var k = spot.first;
    var touched = 0u;
    for (; k + 4u <= spot.end; k += 4u) {
        touched |= touch(spot, b_start, k + 4u);
        let l = columns(b_start, spot.near, k);
        let r = columns(b_start, spot.far, k);
        add_outer4(&tile, a[at], a[at + 8u], a[at + 16u], a[at + 24u], l, r);
        at += 32u;
    }
    // By columns, k is a multiple of 4 and nothing is left.
    for (; k < spot.end; k += 1u) {
        let row = b_start + k * params.b_row;
        add_outer(&tile, a[at], b[row + spot.near], b[row + spot.far]);
        at += 8u;
    }

    if (!spot.inside) { return; }
    spot.start += touched & params.zero;
    put_tile(place_of(spot, 32u), &tile);
}
