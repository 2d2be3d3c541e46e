// Partial sums added by teams: each of TEAM neighbours adds every TEAM-th of them, then a tree adds up their sums. A team of one adds
// them in their order.
override TEAM: u32 = 1;

var<workgroup> sh_team: array<vec4<f32>, 64>;

// The sum of a team of a workgroup of 64. Every invocation comes here, and the team's first has it.
fn team_sum(lid: u32, own: vec4<f32>) -> vec4<f32> {
    if (TEAM == 1u) { return own; }
    sh_team[lid] = own;
    for (var half = TEAM / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lid % TEAM < half) { sh_team[lid] += sh_team[lid + half]; }
    }
    return sh_team[lid];
}
