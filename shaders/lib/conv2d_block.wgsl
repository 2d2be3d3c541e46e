// Blocks of 4 rows x 16 columns, one a subgroup of 8 lanes; lane l owns channels 4l .. 4l+3 of a panel of 32. The lanes load the
// block's pixels together, a vec4 each, and broadcasts hand them to all; what lies outside the input counts as 0. Reads `params`, `x`,
// `bias`, writes `y`.
// use: lib/conv2d_square
// use: lib/outer
// use: lib/shift

// Where the pixel above and left of an output lies inside its vec4.
override SHIFT: u32 = 0;

// Four quads of pixels in a row, each a matrix of a column a pixel, a row a channel.
struct Quads { a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32> }

// A vec4 of the input's first channel, for this lane.
struct Pixels { at: u32, inside: bool }

fn block_of(i: u32) -> Spot {
    let unit = min(i / 8u, params.units - 1u);
    let rest = unit / params.blocks;
    let t = unit % params.blocks;
    let image = rest / (params.panels * params.groups) * params.span + t / params.tiles;
    return Spot(
        i / 8u < params.units && image < params.images,
        i % 8u,
        (rest / params.panels) % params.groups,
        rest % params.panels,
        min(image, params.images - 1u),
        (t % params.tiles) / params.across * 4u,
        (t % params.across) * 16u,
    );
}

// The `i`-th vec4 of a block whose rows are `width` vec4s wide, borders included.
fn pixels_of(spot: Spot, i: u32, width: u32) -> Pixels {
    let row = spot.row + i / width - params.top;
    let column = spot.column / 4u + i % width - params.left4;
    let inside = row < params.x_rows && column < params.x_row;
    let first = params.x_first + spot.image * params.x_image + spot.group * params.c * params.x_channel;
    return Pixels(first + select(0u, row * params.x_row + column, inside), inside);
}

fn load(pixels: Pixels, channel: u32) -> vec4<f32> {
    return select(vec4(0.0), x[pixels.at + channel], pixels.inside);
}

// Four pixels from the `tap`-th on, SHIFT pixels into three vec4s.
fn quad(tap: u32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> vec4<f32> {
    if (SHIFT + tap < 4u) { return shifted(a, b, SHIFT + tap); }
    return shifted(b, c, SHIFT + tap - 4u);
}

fn put_quads(spot: Spot, row: u32, above: Quads, below: Quads) {
    put_quad(spot, row, 0u, above.a, below.a);
    put_quad(spot, row, 4u, above.b, below.b);
    put_quad(spot, row, 8u, above.c, below.c);
    put_quad(spot, row, 12u, above.d, below.d);
}

fn put_quad(spot: Spot, row: u32, column: u32, above: mat4x4<f32>, below: mat4x4<f32>) {
    let h = spot.row + row;
    let w = spot.column + column;
    if (h >= params.oh || w / 2u >= params.y_row * select(1u, 2u, POOL)) { return; }
    let place = place_of(Spot(true, spot.lane, spot.group, spot.panel, spot.image, h, w), 32u);
    let a = transpose(above);
    let b = transpose(below);
    let first = spot.lane * 4u;
    put_row(place, first, a[0], b[0]);
    put_row(place, first + 1u, a[1], b[1]);
    put_row(place, first + 2u, a[2], b[2]);
    put_row(place, first + 3u, a[3], b[3]);
}
