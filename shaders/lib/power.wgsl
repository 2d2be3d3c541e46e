// 1 - base^t for a base in [0, 1), from log(base): without the digits that the subtraction loses where base^t is near 1.
fn one_minus_power(log_base: f32, t: f32) -> f32 {
    let u = log_base * t;
    if (u < -0.25) { return 1.0 - exp(u); }
    // -(e^u - 1) by its series: the next term is below 2e-9 of the first.
    return -u * (1.0 + u / 2.0 * (1.0 + u / 3.0 * (1.0 + u / 4.0 * (1.0 + u / 5.0 * (1.0 + u / 6.0)))));
}
