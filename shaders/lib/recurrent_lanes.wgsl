// What the recurrent kernels for processors share. A lane owns a row of a batch through all steps of a sequence, so nothing is handed from
// lane to lane but weights: the 8 lanes of a subgroup, which is a workgroup, load 32 of them, and broadcasts hand them round. 4 divides the
// units. `operand`, which a product reads four units of, is the kernel's own. Reads `params`, `weight`.
// use: lib/grid
// use: lib/pointwise

struct Params {
    steps: u32, first: u32, end: u32,  // of the sequence, and those that are done now
    n: u32,                            // rows of the batch
    units: u32, units4: u32,           // of a gate; vec4s that hold them
}

struct Spot { row: u32, there: bool, lane: u32 }

// Lanes past the last row do what its own does, and write nothing.
fn spot_of(group: u32, lane: u32) -> Spot {
    let row = 8u * group + lane;
    return Spot(min(row, params.n - 1u), row < params.n, lane);
}

// Where a row's units of the number `which` of `numbers` begin.
fn place(spot: Spot, t: u32, numbers: u32, which: u32) -> u32 {
    return ((t * params.n + spot.row) * numbers + which) * params.units4;
}

// 32 units of a lane's row, a column for four.
struct Panel { a: mat4x4<f32>, b: mat4x4<f32> }

fn no_panel() -> Panel {
    let zero = mat4x4<f32>(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    return Panel(zero, zero);
}

// sum + a lane's four numbers times their weights for the units that `lane` has loaded, a column of `w` a number.
fn add(sum: vec4<f32>, x: vec4<f32>, w: mat4x4<f32>, lane: u32) -> vec4<f32> {
    return sum + x.x * subgroupShuffle(w[0], lane) + x.y * subgroupShuffle(w[1], lane) + x.z * subgroupShuffle(w[2], lane)
        + x.w * subgroupShuffle(w[3], lane);
}

// sum + the product of a row's units, vec4s of `operand` from `source` on, and a panel of weights from `at` on.
fn product(spot: Spot, sum: Panel, source: u32, at: u32) -> Panel {
    var all = sum;
    var i = at + spot.lane;
    for (var k = source; k < source + params.units4; k++) {
        let x = operand(k);
        let w = mat4x4<f32>(weight[i], weight[i + 8u], weight[i + 16u], weight[i + 24u]);
        all = Panel(
            mat4x4<f32>(add(all.a[0], x, w, 0u), add(all.a[1], x, w, 1u), add(all.a[2], x, w, 2u), add(all.a[3], x, w, 3u)),
            mat4x4<f32>(add(all.b[0], x, w, 4u), add(all.b[1], x, w, 5u), add(all.b[2], x, w, 6u), add(all.b[3], x, w, 7u)),
        );
        i += 32u;
    }
    return all;
}

fn sigmoid4(x: vec4<f32>) -> vec4<f32> {
    return unary_of(14u, x, 0.0, 0.0);
}
