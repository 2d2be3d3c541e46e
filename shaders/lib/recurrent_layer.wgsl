// What the layers share: four rows of a unit's gates and of its state before the first step, and where its states go. `gates_of` and `states`
// are numbers of a unit. Reads `params`, `gates`, `start`, `bias`, writes `y`.
// use: lib/recurrent

fn gate_of(spot: Spot, t: u32, gates_of: u32, gate: u32, unit: u32) -> vec4<f32> {
    let at = places(spot, t, gates_of, gate, unit);
    return vec4(gates[at.x], gates[at.y], gates[at.z], gates[at.w]);
}

fn bias_of(spot: Spot, gate: u32, unit: u32) -> f32 {
    return bias[gate * params.units + min(spot.unit + unit, params.units - 1u)];
}

// What comes before the first step that is done now.
fn start_of(spot: Spot, states: u32, which: u32, unit: u32) -> vec4<f32> {
    let at = places(spot, 0u, states, which, unit);
    let last = places(spot, max(params.first, 1u) - 1u, states, which, unit);
    let from_start = vec4(start[at.x], start[at.y], start[at.z], start[at.w]);
    return select(vec4(y[last.x], y[last.y], y[last.z], y[last.w]), from_start, params.first == 0u);
}

// The same of four units.
fn starts_of(spot: Spot, states: u32, which: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        start_of(spot, states, which, 0u), start_of(spot, states, which, 1u),
        start_of(spot, states, which, 2u), start_of(spot, states, which, 3u),
    );
}

fn put(spot: Spot, t: u32, states: u32, which: u32, unit: u32, values: vec4<f32>) {
    let at = places(spot, t, states, which, unit);
    let there = rows_of(spot, unit);
    if (there.x) { y[at.x] = values.x; }
    if (there.y) { y[at.y] = values.y; }
    if (there.z) { y[at.z] = values.z; }
    if (there.w) { y[at.w] = values.w; }
}
