// The activations that a kernel can apply to what it is about to write. The codes are those of kernels/activation.rs.
fn activate(kind: u32, slope: f32, x: vec4<f32>) -> vec4<f32> {
    switch kind {
        case 1u: { return max(x, vec4(0.0)); }
        case 2u: { return select(slope * (exp(x) - 1.0), x, x > vec4(0.0)); }
        case 3u: { return select(slope * x, x, x > vec4(0.0)); }
        case 4u: { return 1.0 / (1.0 + exp(-x)); }
        case 5u: { return tanh(x); }
        default: { return x; }
    }
}
