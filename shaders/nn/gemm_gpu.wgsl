// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 64/4) vec4 along m    b (batch, k, n/4) vec4 along n, or (batch, n, k/4) vec4 along k if B_BY_COLUMN
// y (batch, splits, m, n/4) vec4 along n
// One workgroup owns 64 rows x 64 columns of y, one invocation 8 x 8 of them, and writes them once.
// use: lib/gemm_columns
// use: lib/tile_gpu_rows

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

// Neighbours load neighbours; steps past `end` are 0. What is not inside is read from anywhere and dropped.
fn fill_rows(start: u32, steps: u32, lid: u32) {
    for (var i = lid; i < ROWS * STEPS / 4u; i += WG) {
        sh_rows[i] = select(vec4(0.0), a[start + i], i / 16u < steps);
    }
}

// A vec4 of b at step k.
fn b_row(start: u32, k: u32, end: u32, column4: u32) -> vec4<f32> {
    return select(vec4(0.0), b[start + k * params.b_row + column4 / 16u * params.b_block + column4 % 16u], k < end && column4 < params.n4);
}

fn fill_columns(start: u32, first4: u32, k: u32, end: u32, lid: u32) {
    if (!B_BY_COLUMN) {
        let column4 = first4 + lid % 16u;
        let step = k + lid / 16u * 4u;
        keep_columns(lid, mat4x4<f32>(
            b_row(start, step, end, column4), b_row(start, step + 1u, end, column4),
            b_row(start, step + 2u, end, column4), b_row(start, step + 3u, end, column4),
        ));
        return;
    }
    // Four neighbours load 16 steps of a column; k and `end` are multiples of 4.
    let step = k + lid % 4u * 4u;
    for (var i = lid / 4u; i < COLUMNS; i += WG / 4u) {
        let column = first4 * 4u + i;
        let inside = step < end && column < params.n;
        sh_columns[lid % 4u * 64u + i % 4u * 16u + i / 4u] =
            select(vec4(0.0), b[start + column * (params.k / 4u) + step / 4u], inside);
    }
}

@compute @workgroup_size(WG)
fn gemm_gpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // The same for a whole workgroup: the 8 lanes that a unit has elsewhere differ in `left` and what comes from it alone.
    let unit = flat_group(wg, groups);
    let spot = spot_of(unit * 8u);
    let a_start = a_of(spot, ROWS / 4u);
    let b_start = spot.batch * params.b_batch;
    var tile: Tile;
    for (var k = spot.first; k < spot.end; k += STEPS) {
        fill_rows(a_start + (k - spot.first) * (ROWS / 4u), spot.end - k, lid);
        fill_columns(b_start, spot.left, k, spot.end, lid);
        workgroupBarrier();
        multiply(&tile, lid);
        workgroupBarrier();
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot_of(unit * 8u + lid % 8u), ROWS), &tile, lid);
}
