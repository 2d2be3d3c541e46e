// A chain of up to six functions, each with two numbers of its own.
// use: lib/pointwise

struct Params {
    count: u32,
    a0: f32, b0: f32, a1: f32, b1: f32, a2: f32, b2: f32, a3: f32, b3: f32, a4: f32, b4: f32, a5: f32, b5: f32,
}

override F0: u32 = 0;
override F1: u32 = 0;
override F2: u32 = 0;
override F3: u32 = 0;
override F4: u32 = 0;
override F5: u32 = 0;

fn chain(x: vec4<f32>) -> vec4<f32> {
    var v = unary_of(F0, x, params.a0, params.b0);
    v = unary_of(F1, v, params.a1, params.b1);
    v = unary_of(F2, v, params.a2, params.b2);
    v = unary_of(F3, v, params.a3, params.b3);
    v = unary_of(F4, v, params.a4, params.b4);
    return unary_of(F5, v, params.a5, params.b5);
}
