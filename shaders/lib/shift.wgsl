// The four elements that start `by` (0 to 3) after the first of a, where b follows a.
fn shifted(a: vec4<f32>, b: vec4<f32>, by: u32) -> vec4<f32> {
    let near = select(a, vec4(a.yzw, b.x), by == 1u);
    let far = select(vec4(a.zw, b.xy), vec4(a.w, b.xyz), by == 3u);
    return select(near, far, by >= 2u);
}
