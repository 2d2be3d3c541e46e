// y[m, n] = activation(bias[n] + sum over k of a[m, k] b[k, n])      64 rows a tile; split sums go to (splits, m, n)
//
// a packed by gemm_pack (batch, panels, k, 64/4) vec4 along the rows    b (batch, k, n/4) or (batch, n, k/4)    y (batch, splits, m, n/4)
// The 8 lanes of a subgroup own 64 rows x 32 columns of y, each lane 4 of the columns, and write them once. The lanes load the rows'
// vec4s together and broadcasts hand them round; the columns are each lane's own. Admitted where a subgroup has 8 lanes.
// use: lib/gemm_columns
// use: lib/tile_tall

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn gemm_tall_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let b_start = spot.batch * params.b_batch;
    var at = a_of(spot, 16u) + spot.lane;
    var t: Tall;
    var k = spot.first;
    for (; k + 4u <= spot.end; k += 4u) {
        add_tall4(
            &t, Mine(a[at], a[at + 8u]), Mine(a[at + 16u], a[at + 24u]), Mine(a[at + 32u], a[at + 40u]),
            Mine(a[at + 48u], a[at + 56u]), columns(b_start, spot.near, k),
        );
        at += 64u;
    }
    // By columns, k is a multiple of 4 and nothing is left.
    for (; k < spot.end; k += 1u) {
        add_tall(&t, Mine(a[at], a[at + 8u]), b[b_start + k * params.b_row + spot.near]);
        at += 16u;
    }

    if (!spot.inside) { return; }
    put_tall(place_of(spot, 64u), &t);
}
