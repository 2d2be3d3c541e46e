// What the gradients of gated layers read beside that: their gates, and the state before a step. Reads `gates`, `start`.
// use: lib/recurrent_back

fn gate_of(spot: Spot, t: u32, numbers: u32, gate: u32, unit: u32) -> vec4<f32> {
    let at = places(spot, t, numbers, gate, unit);
    return vec4(gates[at.x], gates[at.y], gates[at.z], gates[at.w]);
}

// The state a step earlier, at the first step what it started from.
fn state_before(spot: Spot, t: u32, numbers: u32, which: u32, unit: u32) -> vec4<f32> {
    let first = places(spot, 0u, numbers, which, unit);
    let from_start = vec4(start[first.x], start[first.y], start[first.z], start[first.w]);
    return select(state_of(spot, max(t, 1u) - 1u, numbers, which, unit), from_start, t == 0u);
}
