// What a reduction makes of two numbers.
// use: lib/maximum

// 0 sum, 1 maximum, 2 minimum
override KIND: u32 = 0;

// NaN wins a maximum and a minimum, as in PyTorch.
fn join(a: f32, b: f32) -> f32 {
    switch KIND {
        case 1u: { return select(a, b, exceeds(b, a)); }
        case 2u: { return select(a, b, is_nan(b) || (b < a && !is_nan(a))); }
        default: { return a + b; }
    }
}
