// dw[g, o, c, t] = sum over s of partial[s, g, o, t, c]
//
// partial (splits, groups, O, taps, record/4) vec4 along c    dw (groups, O, C, taps)
// A team owns four channels of a tap of dw, and its first invocation writes each once.
// use: lib/grid
// use: lib/team

struct Params { count: u32, splits: u32, c: u32, taps: u32, record4: u32 }  // count: vec4s of a split

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;

// Teams are made for just so many invocations.
const WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_grad_weight_finish(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Past the end a team adds what the last one does.
    let own = flat_index(wg, groups, lid, WG) / TEAM;
    let i = min(own, params.count - 1u);
    var sum = vec4(0.0);
    for (var s = lid % TEAM; s < params.splits; s += TEAM) { sum += partial[i + s * params.count]; }
    sum = team_sum(lid, sum);
    if (own >= params.count || lid % TEAM != 0u) { return; }

    let c = i % params.record4 * 4u;
    let row = i / params.record4;
    let at = (row / params.taps * params.c + c) * params.taps + row % params.taps;
    if (c < params.c) { dw[at] = sum.x; }
    if (c + 1u < params.c) { dw[at + params.taps] = sum.y; }
    if (c + 2u < params.c) { dw[at + 2u * params.taps] = sum.z; }
    if (c + 3u < params.c) { dw[at + 3u * params.taps] = sum.w; }
}
