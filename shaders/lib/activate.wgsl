// The function that a kernel applies to what it is about to write. Reads `params.slope`.
// use: lib/pointwise

override ACTIVATION: u32 = 0;

fn activate(x: vec4<f32>) -> vec4<f32> {
    return unary_of(ACTIVATION, x, params.slope, 0.0);
}
