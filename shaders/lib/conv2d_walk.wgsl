// What the gradients of a convolution's weights share: their parameters, and a walk over pixels. Reads `params`.

struct Params {
    o: u32, panels: u32, groups: u32, taps: u32, kernel_w: u32,
    record8: u32, blocks: u32, splits: u32, units: u32,  // records by 8, tiles of all taps, all units
    pixels: u32, pixels_split: u32, first_split: u32,
    oh: u32, ow: u32,
    x_image: u32, d_pixel: u32,                           // vec4s of x, of dy
    step_w: u32, step_row: u32, tap_w: u32, tap_h: u32,    // vec4s of x: to the next output pixel, row; to the next tap, row of taps
}

// A walk over the output's pixels, and where they lie in x and dy.
struct Walk { x: u32, d: u32, w: u32, h: u32 }

fn next(walk: Walk) -> Walk {
    let row_ends = walk.w + 1u == params.ow;
    let image_ends = row_ends && walk.h + 1u == params.oh;
    var x = walk.x + params.step_w;
    x += select(0u, params.step_row - params.ow * params.step_w, row_ends);
    x += select(0u, params.x_image - params.oh * params.step_row, image_ends);
    let h = select(walk.h + u32(row_ends), 0u, image_ends);
    return Walk(x, walk.d + params.d_pixel, select(walk.w + 1u, 0u, row_ends), h);
}

// The walk from pixel p on, `x_start` and `d_start` vec4s behind the first of x and of dy.
fn walk_from(p: u32, x_start: u32, d_start: u32) -> Walk {
    let w = p % params.ow;
    let row = p / params.ow;
    let h = row % params.oh;
    let image = row / params.oh;
    return Walk(
        image * params.x_image + h * params.step_row + w * params.step_w + x_start,
        p * params.d_pixel + d_start,
        w, h,
    );
}
