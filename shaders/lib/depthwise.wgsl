// Rows of an image under 3x3 windows, as they lie in memory: a strip of sixteen pixels of a row and one on either side. The kernel says what
// it reads: pixels(i), the i-th vec4 of a tensor of images.

// Whether rows begin anywhere in a vec4; else all rows and strips are whole vec4s.
override SHIFTED: bool = false;
// Whether a strip is as wide as an image, so that it has no neighbours.
override WHOLE: bool = false;
// vec4s of a strip that are used: 2 or 4.
override FOURS: u32 = 4;
// vec4s that hold the pixels of a shifted strip and its neighbours: 2 to 6.
override LOADS: u32 = 6;

// Sixteen pixels, a column for four, and one on either side. What lies outside of the image is 0.
struct Row { left: f32, m: mat4x4<f32>, right: f32 }

// Where an image begins, its size, and a strip's first column, which wraps where it is left of the image.
struct Strip { start: u32, h: u32, w: u32, column: u32 }

struct Quads { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32>, f: vec4<f32> }

// The pixels behind the first `by` of 0 to 3.
fn behind(q: Quads, by: u32) -> Quads {
    var r = q;
    if ((by & 2u) != 0u) {
        r = Quads(
            vec4(r.a.zw, r.b.xy), vec4(r.b.zw, r.c.xy), vec4(r.c.zw, r.d.xy), vec4(r.d.zw, r.e.xy), vec4(r.e.zw, r.f.xy), vec4(r.f.zw, 0.0, 0.0),
        );
    }
    if ((by & 1u) != 0u) {
        r = Quads(
            vec4(r.a.yzw, r.b.x), vec4(r.b.yzw, r.c.x), vec4(r.c.yzw, r.d.x), vec4(r.d.yzw, r.e.x), vec4(r.e.yzw, r.f.x), vec4(r.f.yzw, 0.0),
        );
    }
    return r;
}

// Those of four pixels from `column` on that are in a row of `w`.
fn inside(column: u32, w: u32, four: vec4<f32>) -> vec4<f32> {
    return select(vec4(0.0), four, vec4(column) + vec4(0u, 1u, 2u, 3u) < vec4(w));
}

fn row_shifted(strip: Strip, h: u32) -> Row {
    let column = select(strip.column - 1u, strip.column, WHOLE);
    // Counted from four pixels ahead, as a row may begin before the tensor: what is read there is not used.
    let i = strip.start + h * strip.w + column + 4u;
    let at = i / 4u - 1u;
    var q: Quads;
    q.a = pixels(at);
    q.b = pixels(at + 1u);
    if (LOADS > 2u) { q.c = pixels(at + 2u); }
    if (LOADS > 3u) { q.d = pixels(at + 3u); }
    if (LOADS > 4u) { q.e = pixels(at + 4u); }
    if (LOADS > 5u) { q.f = pixels(at + 5u); }
    q = behind(q, i & 3u);
    let a = inside(column, strip.w, q.a);
    let b = inside(column + 4u, strip.w, q.b);
    let c = inside(column + 8u, strip.w, q.c);
    let d = inside(column + 12u, strip.w, q.d);
    let e = inside(column + 16u, strip.w, q.e);
    if (WHOLE) { return Row(0.0, mat4x4<f32>(a, b, c, d), 0.0); }
    return Row(
        a.x, mat4x4<f32>(vec4(a.yzw, b.x), vec4(b.yzw, c.x), vec4(c.yzw, d.x), vec4(d.yzw, e.x)), select(e.y, c.y, FOURS == 2u),
    );
}

fn row_in_place(strip: Strip, h: u32) -> Row {
    let at = (strip.start + h * strip.w + strip.column) / 4u;
    let rest = strip.w - strip.column;
    var row: Row;
    row.m[0] = pixels(at);
    if (rest > 4u) { row.m[1] = pixels(at + 1u); }
    if (FOURS > 2u) {
        if (rest > 8u) { row.m[2] = pixels(at + 2u); }
        if (rest > 12u) { row.m[3] = pixels(at + 3u); }
    }
    if (strip.column > 0u) { row.left = pixels(at - 1u).w; }
    if (rest > 4u * FOURS) { row.right = pixels(at + FOURS).x; }
    return row;
}

// Row h of an image, which wraps where it is above.
fn row_of(strip: Strip, h: u32) -> Row {
    var row: Row;
    if (h < strip.h) {
        if (SHIFTED) { row = row_shifted(strip, h); } else { row = row_in_place(strip, h); }
    }
    return row;
}
