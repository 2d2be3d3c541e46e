// The function that a kernel applies to what it is about to write. Reads `params.slope`.
// use: lib/pointwise

override ACTIVATION: u32 = 0;

fn activate(x: vec4<f32>) -> vec4<f32> {
    // What is held between two numbers is held above 0.
    return unary_of(ACTIVATION, x, select(params.slope, 0.0, ACTIVATION == 17u), params.slope);
}
