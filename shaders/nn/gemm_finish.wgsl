// y[batch, m, n] = activation(sum over s of partial[batch, s, m, n] + bias[n])
//
// partial (batch, splits, m, n/4) vec4 along n, rounded up    y (batch, m, n)
// A team owns up to four neighbours of a row of y, and its first invocation writes each once.
// use: lib/grid
// use: lib/team
// use: lib/activate

struct Params { count: u32, m: u32, n: u32, n4: u32, splits: u32, has_bias: u32, slope: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Teams are made for just so many invocations.
const WG: u32 = 64;

@compute @workgroup_size(WG)
fn gemm_finish(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Past the end a team adds what the last one does.
    let own = flat_index(wg, groups, lid, WG) / TEAM;
    let i = min(own, params.count - 1u);
    let column = (i % params.n4) * 4u;
    let row = i / params.n4;
    let plane = params.m * params.n4;
    let first = (row / params.m) * params.splits * plane + (row % params.m) * params.n4 + i % params.n4;
    var sum = vec4(0.0);
    for (var s = lid % TEAM; s < params.splits; s += TEAM) { sum += partial[first + s * plane]; }
    sum = team_sum(lid, sum);
    if (own >= params.count || lid % TEAM != 0u) { return; }
    if (params.has_bias != 0u) {
        let last = params.n - 1u;
        sum += vec4(bias[column], bias[min(column + 1u, last)], bias[min(column + 2u, last)], bias[min(column + 3u, last)]);
    }
    sum = activate(sum);
    let at = row * params.n + column;
    y[at] = sum.x;
    if (column + 1u < params.n) { y[at + 1u] = sum.y; }
    if (column + 2u < params.n) { y[at + 2u] = sum.z; }
    if (column + 3u < params.n) { y[at + 3u] = sum.w; }
}
