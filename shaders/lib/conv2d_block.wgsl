// Blocks of pixels: how they are read from an input without its borders, what lies outside counting as 0, and how they are written,
// as quads of four pixels in a row. Reads `params`, `x`, `bias`, writes `y`.
// use: lib/conv2d_square
// use: lib/outer
// use: lib/shift

// Where the pixel above and left of an output lies inside its vec4.
override SHIFT: u32 = 0;

// Four quads, each a matrix of a column a pixel, a row a channel.
struct Quads { a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32> }

// A vec4 of the input's first channel.
struct Pixels { at: u32, inside: bool }

// The `i`-th vec4 of a block whose rows are `width` vec4s wide, borders included.
fn pixels_of(spot: Spot, i: u32, width: u32) -> Pixels {
    let row = spot.row + i / width - params.top;
    let column = spot.column / 4u + i % width - params.left4;
    let inside = row < params.x_rows && column < params.x_row;
    return Pixels(image_of(spot) + select(0u, row * params.x_row + column, inside), inside);
}

fn load(pixels: Pixels, channel: u32) -> vec4<f32> {
    return select(vec4(0.0), x[pixels.at + channel], pixels.inside);
}

// The first pixel alone, and the last: a load of one number costs half of that of four.
fn load_x(pixels: Pixels, channel: u32) -> vec4<f32> {
    return vec4(select(0.0, x[pixels.at + channel].x, pixels.inside), 0.0, 0.0, 0.0);
}

fn load_w(pixels: Pixels, channel: u32) -> vec4<f32> {
    return vec4(0.0, 0.0, 0.0, select(0.0, x[pixels.at + channel].w, pixels.inside));
}

// Four pixels from the `tap`-th on, SHIFT pixels into three vec4s.
fn quad(tap: u32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> vec4<f32> {
    if (SHIFT + tap < 4u) { return shifted(a, b, SHIFT + tap); }
    return shifted(b, c, SHIFT + tap - 4u);
}

// Whether there is something to write `row` rows below and `column` columns right of a tile's first pixel, and the spot there.
fn holds(spot: Spot, row: u32, column: u32) -> bool {
    return spot.row + row < params.oh && (spot.column + column) / 2u < params.y_row * select(1u, 2u, POOL);
}

fn moved(spot: Spot, row: u32, column: u32) -> Spot {
    return Spot(true, spot.lane, spot.group, spot.panel, spot.image, spot.row + row, spot.column + column);
}

// Writes two rows of four pixels each of the channels `first` .. `first` + 3 of a panel `height` channels high.
fn put_quad(spot: Spot, height: u32, first: u32, row: u32, column: u32, above: mat4x4<f32>, below: mat4x4<f32>) {
    if (!holds(spot, row, column)) { return; }
    let place = place_of(moved(spot, row, column), height);
    let a = transpose(above);
    let b = transpose(below);
    put_row(place, first, a[0], b[0]);
    put_row(place, first + 1u, a[1], b[1]);
    put_row(place, first + 2u, a[2], b[2]);
    put_row(place, first + 3u, a[3], b[3]);
}
