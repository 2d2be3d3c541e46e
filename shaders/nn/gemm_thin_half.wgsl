// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 4/4) vec4 along m    b packed by gemm_pack_half (batch, blocks, k, 8) vec4    y (batch, splits, m, n/4) vec4 along n
// gemm_thin with b in half precision: where reading it is all the work, that is half of it. Sums are full precision.
// use: lib/gemm
// use: lib/outer
// use: lib/put

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Tile { l: mat4x4<f32>, r: mat4x4<f32> }

fn add_outer(tile: ptr<function, Tile>, rows: vec4<f32>, columns: vec4<u32>) {
    (*tile).l += outer(rows, vec4(unpack2x16float(columns.x), unpack2x16float(columns.y)));
    (*tile).r += outer(rows, vec4(unpack2x16float(columns.z), unpack2x16float(columns.w)));
}

@compute @workgroup_size(WG)
fn gemm_thin_half(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    var at = a_of(spot, 1u);
    var row = spot.batch * params.b_batch + spot.near + spot.first * params.b_row;
    var tile: Tile;
    for (var k = spot.first; k < spot.end; k += 1u) {
        add_outer(&tile, a[at], b[row]);
        at += 1u;
        row += params.b_row;
    }

    if (!spot.inside) { return; }
    put(place_of(spot, 4u), 0u, tile.l, tile.r);
}
