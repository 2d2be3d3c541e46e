// What the gradients of the weights of 2x2 windows share that do not overlap: their parameters, a walk over windows, and the store. An image
// is a slice of a volume, a small one has a pixel a window. Reads `params`, `x`, `dy`, writes `y`.
// use: lib/grid
// use: lib/patch_under

struct Params {
    c: u32, o: u32,                       // channels of the large images, of the small ones
    units: u32, panels: u32, blocks: u32,  // of all; tiles of the small ones' channels, of the large ones'
    windows4: u32, run4: u32,             // vec4s of windows in all, in a split
    volume4: u32, w4: u32,                // vec4s of a channel's small volume, of a row
    first_split: u32,
    large_first: u32, small_first: u32,   // vec4s before the first volume
}

// A tile's channels and a split's windows. Past the end an invocation works on a tile that is there.
struct Spot { inside: bool, o: u32, c: u32, split: u32, first: u32, end: u32 }

// Unit i, whose tile has `high` small channels and `wide` large ones.
fn spot_of(i: u32, high: u32, wide: u32) -> Spot {
    let unit = min(i, params.units - 1u);
    let split = unit / (params.panels * params.blocks);
    let first = split * params.run4;
    return Spot(
        i < params.units, unit / params.blocks % params.panels * high, unit % params.blocks * wide, split,
        first, min(first + params.run4, params.windows4),
    );
}

// Where four windows lie in a large and a small volume's first channel, their column, and how many are left in the volume with them.
struct Walk { x: u32, d: u32, column: u32, left: u32 }

fn walk_from(first: u32) -> Walk {
    let volume = first / params.volume4;
    let q = first % params.volume4;
    return Walk(
        params.large_first + volume * params.c * 4u * params.volume4 + (q / params.w4 * 2u * params.w4 + q % params.w4) * 2u,
        params.small_first + volume * params.o * params.volume4 + q, q % params.w4, params.volume4 - q,
    );
}

// Rows and slices follow each other; other channels lie between volumes.
fn next(walk: Walk) -> Walk {
    let row_ends = walk.column + 1u == params.w4;
    let volume_ends = walk.left == 1u;
    return Walk(
        walk.x + 2u + select(0u, 2u * params.w4, row_ends) + select(0u, (params.c - 1u) * 4u * params.volume4, volume_ends),
        walk.d + 1u + select(0u, (params.o - 1u) * params.volume4, volume_ends),
        select(walk.column + 1u, 0u, row_ends), select(walk.left - 1u, params.volume4, volume_ends),
    );
}

// Where a channel begins behind the first; past the last that is the last one.
fn large_at(channel: u32) -> u32 {
    return min(channel, params.c - 1u) * 4u * params.volume4;
}

fn small_at(channel: u32) -> u32 {
    return min(channel, params.o - 1u) * params.volume4;
}

// sums (a row a tap, a column a small channel) + the products of four windows' pixels and those of four channels.
fn add_taps(sums: mat4x4<f32>, pixels: mat4x4<f32>, d0: vec4<f32>, d1: vec4<f32>, d2: vec4<f32>, d3: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(sums[0] + d0 * pixels, sums[1] + d1 * pixels, sums[2] + d2 * pixels, sums[3] + d3 * pixels);
}

// Writes a large channel's sums with four small ones from o on.
fn put_taps(spot: Spot, o: u32, c: u32, sums: mat4x4<f32>) {
    if (c >= params.c) { return; }
    let at = ((params.first_split + spot.split) * params.o + o) * params.c + c;
    if (o < params.o) { y[at] = sums[0]; }
    if (o + 1u < params.o) { y[at + params.c] = sums[1]; }
    if (o + 2u < params.o) { y[at + 2u * params.c] = sums[2]; }
    if (o + 3u < params.o) { y[at + 3u * params.c] = sums[3]; }
}
