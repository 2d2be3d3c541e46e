// What lies under windows of 2x2 that do not overlap. Reads `params`, `x`.

// The pixels under each tap (a column) of four windows.
fn under(at: u32) -> mat4x4<f32> {
    let below = at + 2u * params.w4;
    let a = x[at];
    let b = x[at + 1u];
    let c = x[below];
    let d = x[below + 1u];
    return mat4x4<f32>(vec4(a.xz, b.xz), vec4(a.yw, b.yw), vec4(c.xz, d.xz), vec4(c.yw, d.yw));
}
