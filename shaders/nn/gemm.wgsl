// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 16/4) vec4 along m    b (batch, k, n/4) vec4 along n, or (batch, n, k/4) vec4 along k if B_BY_COLUMN
// y (batch, splits, m, n/4) vec4 along n
// One invocation owns 16 rows x 8 columns of y and writes them once; 8 neighbours share the rows and own 64 columns.
// use: lib/gemm_columns
// use: lib/tile16

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

fn rows(at: u32) -> Rows {
    return Rows(a[at], a[at + 1u], a[at + 2u], a[at + 3u]);
}

@compute @workgroup_size(WG)
fn gemm(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let b_start = spot.batch * params.b_batch;
    var at = a_of(spot, 4u);
    var tile: Tile;
    var k = spot.first;
    for (; k + 4u <= spot.end; k += 4u) {
        let l = columns(b_start, spot.near, k);
        let r = columns(b_start, spot.far, k);
        add_outer4(&tile, rows(at), rows(at + 4u), rows(at + 8u), rows(at + 12u), l, r);
        at += 16u;
    }
    // By columns, k is a multiple of 4 and nothing is left.
    for (; k < spot.end; k += 1u) {
        let row = b_start + k * params.b_row;
        add_outer(&tile, rows(at), b[row + spot.near], b[row + spot.far]);
        at += 4u;
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot, 16u), &tile);
}
