// Two complex numbers in a vec4: (re, im, re, im).

fn complex_mul(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return a * b.xxzz + a.yxwz * vec4(-b.y, b.y, -b.w, b.w);
}

// a times c - i s, the same for both numbers.
fn complex_turn(a: vec4<f32>, c: f32, s: f32) -> vec4<f32> {
    return a * c + a.yxwz * vec4(s, -s, s, -s);
}

// a times -i.
fn complex_quarter(a: vec4<f32>) -> vec4<f32> {
    return vec4(a.y, -a.x, a.w, -a.z);
}

fn complex_conj(a: vec4<f32>) -> vec4<f32> {
    return a * vec4(1.0, -1.0, 1.0, -1.0);
}
