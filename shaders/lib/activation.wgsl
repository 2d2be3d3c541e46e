// The activations that a kernel can apply to what it is about to write. The codes are those of kernels/activation.rs.
// `select` where `max` would do: it passes NaN on. Past 15 tanh is 1 in f32, and some drivers overflow.
fn activate(kind: u32, slope: f32, x: vec4<f32>) -> vec4<f32> {
    switch kind {
        case 1u: { return select(x, vec4(0.0), x < vec4(0.0)); }
        case 2u: { return select(slope * (exp(x) - 1.0), x, x > vec4(0.0)); }
        case 3u: { return select(slope * x, x, x > vec4(0.0)); }
        case 4u: { return 1.0 / (1.0 + exp(-x)); }
        case 5u: { return select(tanh(x), sign(x), abs(x) > vec4(15.0)); }
        default: { return x; }
    }
}
