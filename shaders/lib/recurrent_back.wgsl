// What the layers' gradients share: four rows of a unit's numbers, and where its gradients go. `numbers` is how many numbers a unit has in a tensor.
// Reads `params`, `y`, `dy`, writes `d`.
// use: lib/recurrent

fn state_of(spot: Spot, t: u32, numbers: u32, which: u32, unit: u32) -> vec4<f32> {
    let at = places(spot, t, numbers, which, unit);
    return vec4(y[at.x], y[at.y], y[at.z], y[at.w]);
}

fn dy_of(spot: Spot, t: u32, numbers: u32, which: u32, unit: u32) -> vec4<f32> {
    let at = places(spot, t, numbers, which, unit);
    return vec4(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
}

fn later(spot: Spot, numbers: u32, which: u32, unit: u32) -> vec4<f32> {
    let last = params.end == params.steps;
    let at = places(spot, select(params.end, 0u, last), numbers, which, unit);
    return select(vec4(d[at.x], d[at.y], d[at.z], d[at.w]), vec4(0.0), last);
}

// What comes from the steps behind those that are done now.
fn later_of(spot: Spot, numbers: u32, which: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        later(spot, numbers, which, 0u), later(spot, numbers, which, 1u), later(spot, numbers, which, 2u), later(spot, numbers, which, 3u),
    );
}

fn put(spot: Spot, t: u32, numbers: u32, which: u32, unit: u32, values: vec4<f32>) {
    let at = places(spot, t, numbers, which, unit);
    let there = rows_of(spot, unit);
    if (there.x) { d[at.x] = values.x; }
    if (there.y) { d[at.y] = values.y; }
    if (there.z) { d[at.z] = values.z; }
    if (there.w) { d[at.w] = values.w; }
}
