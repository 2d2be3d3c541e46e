// What the matrix products share: parameters, which tile an invocation owns, and the store. Reads `params`, `bias`, writes `y`.
// use: lib/grid
// use: lib/activate

struct Params {
    m: u32, n: u32, n4: u32, k: u32,
    panels: u32, blocks: u32, splits: u32, k_split: u32,
    units: u32,               // batch * splits * blocks * panels
    a_batch: u32, b_batch: u32,  // vec4s between batches, 0 to broadcast
    b_row: u32, b_block: u32,    // vec4s from a row of b to the next, from a block of columns to the next
    has_bias: u32, slope: f32,
    zero: u32,                // is 0, which no compiler knows
}

// vec4s of a block's columns: one, two or four a lane.
override BLOCK4: u32 = 16;

// A panel of rows, a lane's columns of a block, and a split of the sum. Past the end an invocation works on a tile that is there,
// and is not `inside`.
struct Spot {
    inside: bool, lane: u32, panel: u32, batch: u32,
    first: u32, end: u32,   // the split's k
    start: u32,             // vec4 of y where its matrix begins
    left: u32, right: u32,  // vec4s of columns, not clamped
    near: u32, far: u32,    // the same, clamped, in a row of b
}

fn spot_of(i: u32) -> Spot {
    let lane = i % 8u;
    let unit = min(i / 8u, params.units - 1u);
    // Neighbours go along the shorter side: its operand is read again and again, the longer one's once.
    let cell = unit % (params.panels * params.blocks);
    let tall = params.m > params.n;
    let panel = select(cell % params.panels, cell / params.blocks, tall);
    let block = select(cell / params.panels, cell % params.blocks, tall);
    let split = (unit / (params.panels * params.blocks)) % params.splits;
    let batch = unit / (params.panels * params.blocks * params.splits);
    let left = block * BLOCK4 + lane;
    let right = left + 8u;
    let first = split * params.k_split;
    return Spot(
        i / 8u < params.units, lane, panel, batch,
        first, min(first + params.k_split, params.k),
        (batch * params.splits + split) * params.m * params.n4,
        left, right,
        in_row(block, left), in_row(block, right),
    );
}

// Where in a row of b a vec4 of a block's columns lies.
fn in_row(block: u32, column4: u32) -> u32 {
    return min(column4, params.n4 - 1u) - block * BLOCK4 + block * params.b_block;
}

// The vec4 of a where a panel's split begins, `width` vec4s a step.
fn a_of(spot: Spot, width: u32) -> u32 {
    return spot.batch * params.a_batch + (spot.panel * params.k + spot.first) * width;
}

fn bias4(column4: u32) -> vec4<f32> {
    if (params.has_bias == 0u) { return vec4(0.0); }
    let last = params.n - 1u;
    let at = min(column4, params.n4 - 1u) * 4u;
    return vec4(bias[min(at, last)], bias[min(at + 1u, last)], bias[min(at + 2u, last)], bias[min(at + 3u, last)]);
}

struct Place { row: u32, start: u32, left: u32, right: u32, left_bias: vec4<f32>, right_bias: vec4<f32> }

fn place_of(spot: Spot, height: u32) -> Place {
    return Place(spot.panel * height, spot.start, spot.left, spot.right, bias4(spot.left), bias4(spot.right));
}

fn put_left(place: Place, row: u32, left: vec4<f32>) {
    if (place.row + row >= params.m || place.left >= params.n4) { return; }
    y[place.start + (place.row + row) * params.n4 + place.left] = activate(left + place.left_bias);
}

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    if (place.row + row >= params.m) { return; }
    let at = place.start + (place.row + row) * params.n4;
    if (place.left < params.n4) { y[at + place.left] = activate(left + place.left_bias); }
    if (place.right < params.n4) { y[at + place.right] = activate(right + place.right_bias); }
}
