// Eight vec4s, each two complex numbers, and transforms of them. All are named, as an array indexed by a loop would live in memory.
// use: lib/complex

struct Eight {
    a0: vec4<f32>, a1: vec4<f32>, a2: vec4<f32>, a3: vec4<f32>,
    a4: vec4<f32>, a5: vec4<f32>, a6: vec4<f32>, a7: vec4<f32>,
}

fn add8(x: Eight, y: Eight) -> Eight {
    return Eight(
        x.a0 + y.a0, x.a1 + y.a1, x.a2 + y.a2, x.a3 + y.a3, x.a4 + y.a4, x.a5 + y.a5, x.a6 + y.a6, x.a7 + y.a7,
    );
}

fn sub8(x: Eight, y: Eight) -> Eight {
    return Eight(
        x.a0 - y.a0, x.a1 - y.a1, x.a2 - y.a2, x.a3 - y.a3, x.a4 - y.a4, x.a5 - y.a5, x.a6 - y.a6, x.a7 - y.a7,
    );
}

fn mul8(x: Eight, y: Eight) -> Eight {
    return Eight(
        complex_mul(x.a0, y.a0), complex_mul(x.a1, y.a1), complex_mul(x.a2, y.a2), complex_mul(x.a3, y.a3),
        complex_mul(x.a4, y.a4), complex_mul(x.a5, y.a5), complex_mul(x.a6, y.a6), complex_mul(x.a7, y.a7),
    );
}

fn turn8(x: Eight, c: f32, s: f32) -> Eight {
    return Eight(
        complex_turn(x.a0, c, s), complex_turn(x.a1, c, s), complex_turn(x.a2, c, s), complex_turn(x.a3, c, s),
        complex_turn(x.a4, c, s), complex_turn(x.a5, c, s), complex_turn(x.a6, c, s), complex_turn(x.a7, c, s),
    );
}

fn quarter8(x: Eight) -> Eight {
    return Eight(
        complex_quarter(x.a0), complex_quarter(x.a1), complex_quarter(x.a2), complex_quarter(x.a3),
        complex_quarter(x.a4), complex_quarter(x.a5), complex_quarter(x.a6), complex_quarter(x.a7),
    );
}

fn dft2x4(e: Eight) -> Eight {
    return Eight(e.a0 + e.a1, e.a0 - e.a1, e.a2 + e.a3, e.a2 - e.a3, e.a4 + e.a5, e.a4 - e.a5, e.a6 + e.a7, e.a6 - e.a7);
}

fn dft4x2(e: Eight) -> Eight {
    let b0 = e.a0 + e.a2; let b1 = e.a0 - e.a2; let b2 = e.a1 + e.a3; let b3 = complex_quarter(e.a1 - e.a3);
    let b4 = e.a4 + e.a6; let b5 = e.a4 - e.a6; let b6 = e.a5 + e.a7; let b7 = complex_quarter(e.a5 - e.a7);
    return Eight(b0 + b2, b1 + b3, b0 - b2, b1 - b3, b4 + b6, b5 + b7, b4 - b6, b5 - b7);
}

fn dft8(e: Eight) -> Eight {
    let h = 0.70710678118654752;
    let b1 = e.a1 - e.a5;
    let b3 = e.a3 - e.a7;
    let y = dft4x2(Eight(
        e.a0 + e.a4, e.a1 + e.a5, e.a2 + e.a6, e.a3 + e.a7,
        e.a0 - e.a4, complex_turn(b1, h, h), complex_quarter(e.a2 - e.a6), complex_turn(b3, -h, h),
    ));
    return Eight(y.a0, y.a4, y.a1, y.a5, y.a2, y.a6, y.a3, y.a7);
}
