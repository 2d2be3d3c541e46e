// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 24/4) vec4 along m    b (batch, k, n/4) vec4 along n, or (batch, n, k/4) vec4 along k if B_BY_COLUMN
// y (batch, splits, m, n/4) vec4 along n
// One invocation owns 24 rows x 16 columns of y and writes them once; 8 neighbours share the rows and own 128 columns.
// use: lib/gemm_columns
// use: lib/tile_wide

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// The vec4s of a tile lie eight apart.
fn put_four(place: Place, row: u32, quad: u32, rows: mat4x4<f32>) {
    let left = place.left + quad * 8u;
    let to = Place(place.row, place.start, left, left, bias4(left), vec4(0.0));
    put_left(to, row, rows[0]);
    put_left(to, row + 1u, rows[1]);
    put_left(to, row + 2u, rows[2]);
    put_left(to, row + 3u, rows[3]);
}

struct Two { s: vec4<f32>, t: vec4<f32> }

// Four columns at steps k and k + 1. By columns k and all steps are even.
fn two_of(start: u32, column4: u32, k: u32) -> Two {
    if (B_BY_COLUMN) {
        let four = columns(start, column4, k / 4u * 4u);
        let late = k % 4u != 0u;
        return Two(select(four[0], four[2], late), select(four[1], four[3], late));
    }
    let at = start + k * params.b_row + column4;
    return Two(b[at], b[at + params.b_row]);
}

@compute @workgroup_size(WG)
fn gemm_wide(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let start = spot.batch * params.b_batch;
    let block = spot.left / BLOCK4;
    let third = in_row(block, spot.left + 16u);
    let fourth = in_row(block, spot.left + 24u);
    var at = a_of(spot, 6u);
    var r0: Line;
    var r4: Line;
    var r8: Line;
    var r12: Line;
    var r16: Line;
    var r20: Line;
    var k = spot.first;
    for (; k + 2u <= spot.end; k += 2u) {
        let q0 = two_of(start, spot.near, k);
        let q1 = two_of(start, spot.far, k);
        let q2 = two_of(start, third, k);
        let q3 = two_of(start, fourth, k);
        let s = Columns(q0.s, q1.s, q2.s, q3.s);
        let u = Columns(q0.t, q1.t, q2.t, q3.t);
        add_two(&r0, a[at], a[at + 6u], s, u);
        add_two(&r4, a[at + 1u], a[at + 7u], s, u);
        add_two(&r8, a[at + 2u], a[at + 8u], s, u);
        add_two(&r12, a[at + 3u], a[at + 9u], s, u);
        add_two(&r16, a[at + 4u], a[at + 10u], s, u);
        add_two(&r20, a[at + 5u], a[at + 11u], s, u);
        at += 12u;
    }
    if (k < spot.end) {
        let row = start + k * params.b_row;
        let s = Columns(b[row + spot.near], b[row + spot.far], b[row + third], b[row + fourth]);
        add_one(&r0, a[at], s);
        add_one(&r4, a[at + 1u], s);
        add_one(&r8, a[at + 2u], s);
        add_one(&r12, a[at + 3u], s);
        add_one(&r16, a[at + 4u], s);
        add_one(&r20, a[at + 5u], s);
    }

    if (!spot.inside) { return; }
    put_wide(place_of(spot, 24u), r0, r4, r8, r12, r16, r20);
}
