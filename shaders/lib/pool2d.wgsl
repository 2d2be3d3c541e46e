// What pools share: their parameters, and which pixels and windows meet. Reads `params`.
// use: lib/grid
// use: lib/planes
// use: lib/window

struct Params {
    planes: u32,
    h: u32, w: u32,        // of the image
    oh: u32, ow: u32,      // windows
    kh: u32, kw: u32,      // a window's sides
    sh: u32, sw: u32,      // and its steps
    top: u32, left: u32,   // padding
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
