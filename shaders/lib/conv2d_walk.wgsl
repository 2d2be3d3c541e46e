// What the gradients of a convolution's weights share: their parameters, and a walk over pixels. Reads `params`.

struct Params {
    o: u32, panels: u32, groups: u32, taps: u32, kernel_h: u32, kernel_w: u32,
    record8: u32, blocks: u32, splits: u32, units: u32,  // records by 8, tiles of all taps, all units
    pixels: u32, pixels_split: u32, first_split: u32,
    od: u32, oh: u32, ow: u32,
    x_volume: u32, d_pixel: u32,                          // vec4s of x, of dy
    step_w: u32, step_row: u32, step_slice: u32,          // vec4s of x: to the next output pixel, row, slice
    tap_w: u32, tap_h: u32, tap_d: u32,                   // and to the next tap, row and slice of taps
}

// A walk over the output's pixels, and where they lie in x and dy.
struct Walk { x: u32, d: u32, w: u32, h: u32, z: u32 }

fn next(walk: Walk) -> Walk {
    let row_ends = walk.w + 1u == params.ow;
    let slice_ends = row_ends && walk.h + 1u == params.oh;
    let volume_ends = slice_ends && walk.z + 1u == params.od;
    var x = walk.x + params.step_w;
    x += select(0u, params.step_row - params.ow * params.step_w, row_ends);
    x += select(0u, params.step_slice - params.oh * params.step_row, slice_ends);
    x += select(0u, params.x_volume - params.od * params.step_slice, volume_ends);
    let h = select(walk.h + u32(row_ends), 0u, slice_ends);
    let z = select(walk.z + u32(slice_ends), 0u, volume_ends);
    return Walk(x, walk.d + params.d_pixel, select(walk.w + 1u, 0u, row_ends), h, z);
}

// The walk from pixel p on, `x_start` and `d_start` vec4s behind the first of x and of dy.
fn walk_from(p: u32, x_start: u32, d_start: u32) -> Walk {
    let w = p % params.ow;
    let row = p / params.ow;
    let h = row % params.oh;
    let slice = row / params.oh;
    let z = slice % params.od;
    let volume = slice / params.od;
    return Walk(
        volume * params.x_volume + z * params.step_slice + h * params.step_row + w * params.step_w + x_start,
        p * params.d_pixel + d_start,
        w, h, z,
    );
}

// Where a tap lies behind the window's first one, in vec4s of x.
fn tap_at(tap: u32) -> u32 {
    let row = tap / params.kernel_w;
    return row / params.kernel_h * params.tap_d + row % params.kernel_h * params.tap_h + tap % params.kernel_w * params.tap_w;
}
