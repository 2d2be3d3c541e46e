// What pools share: their parameters, and which pixels and windows meet. Reads `params`.
// use: lib/divide
// use: lib/grid
// use: lib/window

struct Params {
    planes: u32,
    h: u32, w: u32,        // of the image
    oh: u32, ow: u32,      // windows
    kh: u32, kw: u32,      // a window's sides
    sh: u32, sw: u32,      // and its steps
    top: u32, left: u32,   // padding
}

// Plane, row and column of element i of planes of `rows` x `columns`.
fn spot_of(i: u32, rows: u32, columns: u32) -> vec3<u32> {
    let row = split(i, columns);
    let plane = split(row.x, rows);
    return vec3(plane.x, plane.y, row.y);
}

// From the first of them to behind the last one.
struct Span { rows: vec2<u32>, columns: vec2<u32> }

// The pixels of the image under the window in row y and column x.
fn under(y: u32, x: u32) -> Span {
    return Span(
        places_of(y, params.kh, params.sh, params.top, params.h), places_of(x, params.kw, params.sw, params.left, params.w),
    );
}

// The windows that cover the pixel in row y and column x.
fn over(y: u32, x: u32) -> Span {
    return Span(
        windows_over(y, params.kh, params.sh, params.top, params.oh),
        windows_over(x, params.kw, params.sw, params.left, params.ow),
    );
}
