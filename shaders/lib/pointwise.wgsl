// Functions of one and of two numbers, four at a time. The codes are those of kernels/pointwise.rs; they come from
// `override` constants, so a pipeline keeps one branch of each switch. Where a comparison chooses the result, NaN is told by
// its bits (lib/maximum): a driver that assumes that there is none may turn `select(x, 0, x <= 0)` into a maximum.
// use: lib/maximum

// Where a function that is the identity above 0 gives x: there, and where x is NaN.
fn passes(x: vec4<f32>) -> vec4<bool> {
    return is_nan4(x) | (x > vec4(0.0));
}

// y, but NaN where x is.
fn or_nan(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
    return select(y, x, is_nan4(x));
}

// e^x - 1. Near 0 the difference would lose the digits: there the series, whose next term is 1e-8 of the whole.
fn exp_minus_one(x: vec4<f32>) -> vec4<f32> {
    var sum = 1.0 / 5040.0 + x * (1.0 / 40320.0);
    sum = 1.0 / 720.0 + x * sum;
    sum = 1.0 / 120.0 + x * sum;
    sum = 1.0 / 24.0 + x * sum;
    sum = 1.0 / 6.0 + x * sum;
    sum = 0.5 + x * sum;
    sum = 1.0 + x * sum;
    return select(exp(x) - 1.0, x * sum, abs(x) < vec4(0.5));
}

// sign(x) (1 - e) / (1 + e) with e = e^(-2 |x|), which neither overflows nor loses digits near 0.
fn hyperbolic_tangent(x: vec4<f32>) -> vec4<f32> {
    let less = exp_minus_one(-2.0 * abs(x));
    return or_nan(x, -sign(x) * less / (2.0 + less));
}

// The share of a normal distribution below x: half of erfc(-x / sqrt 2), by a fit whose error is at most 1.2e-7 of it anywhere (Press et al.,
// Numerical Recipes, 6.2).
fn normal_share(x: vec4<f32>) -> vec4<f32> {
    let z = abs(x) * 0.70710678118654752;
    let t = 1.0 / (1.0 + 0.5 * z);
    var sum = -0.82215223 + t * 0.17087277;
    sum = 1.48851587 + t * sum;
    sum = -1.13520398 + t * sum;
    sum = 0.27886807 + t * sum;
    sum = -0.18628806 + t * sum;
    sum = 0.09678418 + t * sum;
    sum = 0.37409196 + t * sum;
    sum = 1.00002368 + t * sum;
    sum = -1.26551223 + t * sum;
    let beyond = 0.5 * t * exp(sum - z * z);
    return or_nan(x, select(beyond, 1.0 - beyond, x > vec4(0.0)));
}

fn unary_of(op: u32, x: vec4<f32>, a: f32, b: f32) -> vec4<f32> {
    switch op {
        case 1u: { return -x; }
        case 2u: { return exp(x); }
        case 3u: { return log(x); }
        case 4u: { return sqrt(x); }
        case 5u: { return inverseSqrt(x); }
        case 6u: { return 1.0 / x; }
        case 7u: { return abs(x); }
        case 8u: { return or_nan(x, sign(x)); }
        case 9u: { return x * x; }
        case 10u: { return floor(x); }
        case 11u: { return select(vec4(0.0), x, passes(x)); }
        case 12u: { return select(a * exp_minus_one(x), x, passes(x)); }
        case 13u: { return select(a * x, x, passes(x)); }
        case 14u: { return 1.0 / (1.0 + exp(-x)); }
        case 15u: { return hyperbolic_tangent(x); }
        case 16u: { return a * x + b; }
        // the upper end first: what a kernel applies to its output has one number, and that is the end of ReLU6
        case 17u: { return or_nan(x, clamp(x, vec4(b), vec4(a))); }
        case 18u: { return select(vec4(0.0), vec4(1.0), above4(x, vec4(0.0))); }
        case 19u: { return select(vec4(0.0), vec4(1.0), (x >= vec4(a)) & (x <= vec4(b)) & !is_nan4(x)); }
        // 10 log10 max(a, x); 3.0103 = 10 log10 2
        case 20u: { return 3.0102999566398120 * log2(or_nan(x, max(x, vec4(a)))); }
        case 21u: { return x * normal_share(x); }
        default: { return x; }
    }
}

fn binary_of(op: u32, x: vec4<f32>, y: vec4<f32>, a: f32) -> vec4<f32> {
    switch op {
        case 0u: { return x + y; }
        case 1u: { return x - y; }
        case 2u: { return x * y; }
        case 3u: { return x / y; }
        case 4u: { return larger4(x, y); }
        case 5u: { return smaller4(x, y); }
        case 6u: { return select(vec4(0.0), vec4(1.0), above4(x, y)); }
        case 7u: { return select(vec4(0.0), vec4(1.0), (x == y) & !is_nan4(x) & !is_nan4(y)); }
        // gradients of activations: x is what the activation gave, y the gradient behind it
        case 8u: { return select(vec4(0.0), y, above4(x, vec4(0.0))); }
        case 9u: { return y * select(x + a, vec4(1.0), above4(x, vec4(0.0))); }
        case 10u: { return y * select(vec4(a), vec4(1.0), above4(x, vec4(0.0))); }
        case 11u: { return y * x * (1.0 - x); }
        case 12u: { return y * (1.0 - x * x); }
        case 13u: { return or_nan(x, select(vec4(0.0), vec4(1.0), above4(x, y))); }
        // x is what GELU was given; 0.3989 = 1 / sqrt(2 pi)
        case 14u: { return y * (normal_share(x) + 0.39894228040143268 * x * exp(-0.5 * x * x)); }
        default: { return x; }
    }
}
