// What the recurrent kernels share. A workgroup owns four rows of a batch through all steps of a sequence, an invocation four neighbouring
// units of them: its numbers are matrices of a column a unit, a row a row of the batch. Reads `params`, `weight`.
// use: lib/grid
// use: lib/outer
// use: lib/pointwise

struct Params {
    steps: u32, first: u32, end: u32,  // of the sequence, and those that are done now
    n: u32,                            // rows of the batch
    units: u32, units4: u32,           // of a gate; vec4s that hold them
}

// A number of each of four rows for every unit.
var<workgroup> sh_rows: array<vec4<f32>, 1024>;

struct Spot { row: u32, unit: u32, busy: bool }

fn spot_of(group: u32, lid: u32) -> Spot {
    return Spot(4u * group, 4u * lid, lid < params.units4);
}

// Where a number of the batch's row and of a gate's unit lies among `gates` of them, past the end at the last one.
fn place(t: u32, row: u32, gates: u32, gate: u32, unit: u32) -> u32 {
    return ((t * params.n + min(row, params.n - 1u)) * gates + gate) * params.units + min(unit, params.units - 1u);
}

// The places of a unit in four rows.
fn places(spot: Spot, t: u32, gates: u32, gate: u32, unit: u32) -> vec4<u32> {
    return vec4(
        place(t, spot.row, gates, gate, spot.unit + unit), place(t, spot.row + 1u, gates, gate, spot.unit + unit),
        place(t, spot.row + 2u, gates, gate, spot.unit + unit), place(t, spot.row + 3u, gates, gate, spot.unit + unit),
    );
}

// Which of the four rows there are.
fn rows_of(spot: Spot, unit: u32) -> vec4<bool> {
    let there = spot.busy && spot.unit + unit < params.units;
    return (spot.row + vec4(0u, 1u, 2u, 3u) < vec4(params.n)) & vec4(there);
}

// Hands an invocation's units to all. Every invocation comes here.
fn share(spot: Spot, values: mat4x4<f32>) {
    workgroupBarrier();
    if (spot.busy) {
        sh_rows[spot.unit] = values[0];
        sh_rows[spot.unit + 1u] = values[1];
        sh_rows[spot.unit + 2u] = values[2];
        sh_rows[spot.unit + 3u] = values[3];
    }
    workgroupBarrier();
}

// sum + what is shared times the weights of an invocation's units: `row4` vec4s lie between those of neighbouring shared units, the first at `at`.
fn product(sum: mat4x4<f32>, at: u32, row4: u32) -> mat4x4<f32> {
    var all = sum;
    var w = at;
    let whole = params.units / 4u * 4u;
    for (var k = 0u; k < whole; k += 4u) {
        let columns = mat4x4<f32>(sh_rows[k], sh_rows[k + 1u], sh_rows[k + 2u], sh_rows[k + 3u]);
        all = four(all, weight[w], weight[w + row4], weight[w + 2u * row4], weight[w + 3u * row4], columns);
        w += 4u * row4;
    }
    for (var k = whole; k < params.units; k++) {
        all += outer(weight[w], sh_rows[k]);
        w += row4;
    }
    return all;
}

fn sigmoid4(x: vec4<f32>) -> vec4<f32> {
    return unary_of(14u, x, 0.0, 0.0);
}
