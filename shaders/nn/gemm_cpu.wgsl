// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 32/4) vec4 along m    b (batch, k, n/4) vec4 along n, or (batch, n, k/4) vec4 along k if B_BY_COLUMN
// y (batch, splits, m, n/4) vec4 along n
// One lane owns 32 rows x 8 columns of y and writes them once. The 8 lanes of a subgroup share the rows and own 64 columns: lane
// l loads the l-th vec4 of the 32 rows, and broadcasts hand it to all. Admitted where the subgroup size is 8.
// use: lib/grid
// use: lib/activation
// use: lib/tile

struct Params {
    m: u32, n: u32, n4: u32, k: u32,
    panels: u32, blocks: u32, splits: u32, k_split: u32,
    units: u32,               // batch * splits * blocks * panels
    a_batch: u32, b_batch: u32,  // vec4s between batches, 0 to broadcast
    has_bias: u32, slope: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;
override B_BY_COLUMN: bool = false;
override ACTIVATION: u32 = 0;

// Four columns at steps k .. k+3, a vec4 a step.
fn columns(batch: u32, column4: u32, k: u32) -> mat4x4<f32> {
    if (B_BY_COLUMN) {
        let k4 = params.k / 4u;
        let last = params.n - 1u;
        let column = column4 * 4u;
        let at = batch + k / 4u;
        return transpose(mat4x4<f32>(
            b[at + min(column, last) * k4], b[at + min(column + 1u, last) * k4],
            b[at + min(column + 2u, last) * k4], b[at + min(column + 3u, last) * k4],
        ));
    }
    let at = batch + k * params.n4 + column4;
    return mat4x4<f32>(b[at], b[at + params.n4], b[at + 2u * params.n4], b[at + 3u * params.n4]);
}

fn bias4(column4: u32) -> vec4<f32> {
    if (params.has_bias == 0u) { return vec4(0.0); }
    let last = params.n - 1u;
    let at = column4 * 4u;
    return vec4(bias[min(at, last)], bias[min(at + 1u, last)], bias[min(at + 2u, last)], bias[min(at + 3u, last)]);
}

struct Place { row: u32, start: u32, left: u32, right: u32, left_bias: vec4<f32>, right_bias: vec4<f32> }

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    if (place.row + row >= params.m) { return; }
    let at = place.start + (place.row + row) * params.n4;
    if (place.left < params.n4) { y[at + place.left] = activate(ACTIVATION, params.slope, left + place.left_bias); }
    if (place.right < params.n4) { y[at + place.right] = activate(ACTIVATION, params.slope, right + place.right_bias); }
}

fn put(place: Place, row: u32, left: mat4x4<f32>, right: mat4x4<f32>) {
    put_row(place, row, left[0], right[0]);
    put_row(place, row + 1u, left[1], right[1]);
    put_row(place, row + 2u, left[2], right[2]);
    put_row(place, row + 3u, left[3], right[3]);
}

@compute @workgroup_size(WG)
fn gemm_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let lane = i % 8u;
    let unit = min(i / 8u, params.units - 1u);
    let panel = unit % params.panels;
    let block = (unit / params.panels) % params.blocks;
    let split = (unit / (params.panels * params.blocks)) % params.splits;
    let batch = unit / (params.panels * params.blocks * params.splits);

    let left = block * 16u + lane;
    let right = left + 8u;
    let near = min(left, params.n4 - 1u);
    let far = min(right, params.n4 - 1u);
    let first = split * params.k_split;
    let end = min(first + params.k_split, params.k);
    let b_start = batch * params.b_batch;
    var at = batch * params.a_batch + (panel * params.k + first) * 8u + lane;

    var tile: Tile;
    var k = first;
    for (; k + 4u <= end; k += 4u) {
        let l = columns(b_start, near, k);
        let r = columns(b_start, far, k);
        add_outer(&tile, a[at], l[0], r[0]);
        add_outer(&tile, a[at + 8u], l[1], r[1]);
        add_outer(&tile, a[at + 16u], l[2], r[2]);
        add_outer(&tile, a[at + 24u], l[3], r[3]);
        at += 32u;
    }
    // By columns, k is a multiple of 4 and nothing is left.
    for (; k < end; k += 1u) {
        let row = b_start + k * params.n4;
        add_outer(&tile, a[at], b[row + near], b[row + far]);
        at += 8u;
    }

    if (i / 8u >= params.units) { return; }
    let start = (batch * params.splits + split) * params.m * params.n4;
    let place = Place(panel * 32u, start, left, right, bias4(near), bias4(far));
    put(place, 0u, tile.l0, tile.r0);
    put(place, 4u, tile.l1, tile.r1);
    put(place, 8u, tile.l2, tile.r2);
    put(place, 12u, tile.l3, tile.r3);
    put(place, 16u, tile.l4, tile.r4);
    put(place, 20u, tile.l5, tile.r5);
    put(place, 24u, tile.l6, tile.r6);
    put(place, 28u, tile.l7, tile.r7);
}
