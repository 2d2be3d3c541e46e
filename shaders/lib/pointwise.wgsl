// Functions of one and of two numbers, four at a time. The codes are those of kernels/pointwise.rs; they come from
// `override` constants, so a pipeline keeps one branch of each switch. `select` where `max` would do: it passes NaN on.
fn unary_of(op: u32, x: vec4<f32>, a: f32, b: f32) -> vec4<f32> {
    switch op {
        case 1u: { return -x; }
        case 2u: { return exp(x); }
        case 3u: { return log(x); }
        case 4u: { return sqrt(x); }
        case 5u: { return inverseSqrt(x); }
        case 6u: { return 1.0 / x; }
        case 7u: { return abs(x); }
        case 8u: { return sign(x); }
        case 9u: { return x * x; }
        case 10u: { return floor(x); }
        case 11u: { return select(x, vec4(0.0), x <= vec4(0.0)); }
        case 12u: { return select(x, a * (exp(x) - 1.0), x <= vec4(0.0)); }
        case 13u: { return select(x, a * x, x <= vec4(0.0)); }
        case 14u: { return 1.0 / (1.0 + exp(-x)); }
        case 15u: { return select(tanh(x), sign(x), abs(x) > vec4(15.0)); }
        case 16u: { return a * x + b; }
        case 17u: { return select(select(x, vec4(b), x > vec4(b)), vec4(a), x < vec4(a)); }
        case 18u: { return select(vec4(0.0), vec4(1.0), x > vec4(0.0)); }
        case 19u: { return select(vec4(0.0), vec4(1.0), (x >= vec4(a)) & (x <= vec4(b))); }
        // 10 log10 max(a, x); 3.0103 = 10 log10 2
        case 20u: { return 3.0102999566398120 * log2(select(x, vec4(a), x < vec4(a))); }
        default: { return x; }
    }
}

fn binary_of(op: u32, x: vec4<f32>, y: vec4<f32>, a: f32) -> vec4<f32> {
    switch op {
        case 0u: { return x + y; }
        case 1u: { return x - y; }
        case 2u: { return x * y; }
        case 3u: { return x / y; }
        case 4u: { return select(x, y, y > x); }
        case 5u: { return select(x, y, y < x); }
        case 6u: { return select(vec4(0.0), vec4(1.0), x > y); }
        case 7u: { return select(vec4(0.0), vec4(1.0), x == y); }
        // gradients of activations: x is what the activation gave, y the gradient behind it
        case 8u: { return select(vec4(0.0), y, x > vec4(0.0)); }
        case 9u: { return y * select(x + a, vec4(1.0), x > vec4(0.0)); }
        case 10u: { return y * select(vec4(a), vec4(1.0), x > vec4(0.0)); }
        case 11u: { return y * x * (1.0 - x); }
        case 12u: { return y * (1.0 - x * x); }
        default: { return x; }
    }
}
