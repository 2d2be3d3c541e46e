// Rows of sixteen pixels under nine taps. Reads `params`.
// use: lib/conv2d_nine

struct Row { a: Under, b: Under, c: Under, d: Under }

// Of six vec4s in a row.
fn row_of(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32>, f: vec4<f32>) -> Row {
    return Row(under(a, b, c), under(b, c, d), under(c, d, e), under(d, e, f));
}
