// Nine taps at once. Reads `params`.
// use: lib/conv2d_block

// Four pixels of a row under each of three taps.
struct Under { q: vec4<f32>, s: vec4<f32>, u: vec4<f32> }

fn under(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> Under {
    return Under(quad(0u, a, b, c), quad(1u, a, b, c), quad(2u, a, b, c));
}

struct Taps { a: mat4x4<f32>, b: mat4x4<f32>, c: vec4<f32> }

// One pixel's four channels and the pixels under nine taps.
fn pixel(v: vec4<f32>, a: vec4<f32>, b: vec4<f32>, c: f32, w: Taps) -> vec4<f32> {
    return v + a.x * w.a[0] + a.y * w.a[1] + a.z * w.a[2] + a.w * w.a[3]
        + b.x * w.b[0] + b.y * w.b[1] + b.z * w.b[2] + b.w * w.b[3] + c * w.c;
}

fn nine(v: mat4x4<f32>, k: Under, l: Under, m: Under, w: Taps) -> mat4x4<f32> {
    return mat4x4<f32>(
        pixel(v[0], vec4(k.q.x, k.s.x, k.u.x, l.q.x), vec4(l.s.x, l.u.x, m.q.x, m.s.x), m.u.x, w),
        pixel(v[1], vec4(k.q.y, k.s.y, k.u.y, l.q.y), vec4(l.s.y, l.u.y, m.q.y, m.s.y), m.u.y, w),
        pixel(v[2], vec4(k.q.z, k.s.z, k.u.z, l.q.z), vec4(l.s.z, l.u.z, m.q.z, m.s.z), m.u.z, w),
        pixel(v[3], vec4(k.q.w, k.s.w, k.u.w, l.q.w), vec4(l.s.w, l.u.w, m.q.w, m.s.w), m.u.w, w),
    );
}
