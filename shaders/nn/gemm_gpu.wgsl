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
fn a_row(start: u32, k: u32, end: u32, i: u32) -> vec4<f32> {
    return select(vec4(0.0), a[start + k * (ROWS / 4u) + i], k + i / 16u < end);
}

fn load_rows(start: u32, k: u32, end: u32, lid: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        a_row(start, k, end, lid), a_row(start, k, end, lid + 64u), a_row(start, k, end, lid + 128u), a_row(start, k, end, lid + 192u),
    );
}

// A vec4 of b at step k.
fn b_row(start: u32, k: u32, end: u32, column4: u32) -> vec4<f32> {
    return select(vec4(0.0), b[start + k * params.b_row + column4 / 16u * params.b_block + column4 % 16u], k < end && column4 < params.n4);
}

// Four steps of a column: four neighbours load 16 steps of it; k and `end` are multiples of 4.
fn b_column(start: u32, first4: u32, k: u32, end: u32, lid: u32, i: u32) -> vec4<f32> {
    let step = k + lid % 4u * 4u;
    let column = first4 * 4u + lid / 4u + i;
    return select(vec4(0.0), b[start + column * (params.k / 4u) + step / 4u], step < end && column < params.n);
}

fn load_columns(start: u32, first4: u32, k: u32, end: u32, lid: u32) -> mat4x4<f32> {
    if (B_BY_COLUMN) {
        return mat4x4<f32>(
            b_column(start, first4, k, end, lid, 0u), b_column(start, first4, k, end, lid, 16u),
            b_column(start, first4, k, end, lid, 32u), b_column(start, first4, k, end, lid, 48u),
        );
    }
    let column4 = first4 + lid % 16u;
    let step = k + lid / 16u * 4u;
    return mat4x4<f32>(
        b_row(start, step, end, column4), b_row(start, step + 1u, end, column4),
        b_row(start, step + 2u, end, column4), b_row(start, step + 3u, end, column4),
    );
}

fn hand_over(loaded: Loaded, lid: u32) {
    keep_rows(lid, loaded.rows);
    if (B_BY_COLUMN) {
        // Column i = lid / 4 + 16 j is the (i / 4)-th of slot i % 4.
        let at = lid % 4u * 64u + lid / 4u % 4u * 16u + lid / 16u;
        sh_columns[at] = loaded.columns[0];
        sh_columns[at + 4u] = loaded.columns[1];
        sh_columns[at + 8u] = loaded.columns[2];
        sh_columns[at + 12u] = loaded.columns[3];
    } else {
        keep_columns(lid, loaded.columns);
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
    let a_start = a_of(spot, ROWS / 4u) - spot.first * (ROWS / 4u);
    let b_start = spot.batch * params.b_batch;
    var tile: Tile;
    // The next steps are under way while these are multiplied.
    var loaded = Loaded(load_rows(a_start, spot.first, spot.end, lid), load_columns(b_start, spot.left, spot.first, spot.end, lid));
    for (var k = spot.first; k < spot.end; k += STEPS) {
        hand_over(loaded, lid);
        workgroupBarrier();
        let next = k + STEPS;
        loaded = Loaded(load_rows(a_start, next, spot.end, lid), load_columns(b_start, spot.left, next, spot.end, lid));
        multiply(&tile, lid);
        workgroupBarrier();
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot_of(unit * 8u + lid % 8u), ROWS), &tile, lid);
}
