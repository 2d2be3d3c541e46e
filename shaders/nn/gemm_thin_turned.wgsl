// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, n, k], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 4/4) vec4 along m    b (batch, n, k/4) vec4 along k
// y (batch, splits, m, n/4) vec4 along n
// 8 neighbours own 4 rows x 8 columns of y and write them once. Each adds every eighth vec4 of k, so that together they read rows of b as
// these lie; then they add up what they have.
// use: lib/gemm

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Four rows of a column, of every invocation.
var<workgroup> sh_columns: array<vec4<f32>, 512>;

// What the eight invocations from `first` on have of a row of column c.
fn total(first: u32, c: u32, row: u32) -> f32 {
    var sum = 0.0;
    for (var lane = 0u; lane < 8u; lane++) { sum += sh_columns[(first + lane) * 8u + c][row]; }
    return sum;
}

@compute @workgroup_size(WG)
fn gemm_thin_turned(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let column = (spot.left - spot.lane) * 4u;
    let last = params.n - 1u;
    let k4 = params.k / 4u;
    let start = spot.batch * params.b_batch;
    let c0 = start + min(column, last) * k4;
    let c1 = start + min(column + 1u, last) * k4;
    let c2 = start + min(column + 2u, last) * k4;
    let c3 = start + min(column + 3u, last) * k4;
    let c4 = start + min(column + 4u, last) * k4;
    let c5 = start + min(column + 5u, last) * k4;
    let c6 = start + min(column + 6u, last) * k4;
    let c7 = start + min(column + 7u, last) * k4;
    let a_start = a_of(spot, 1u) - spot.first;
    let end = spot.end / 4u;
    var s0 = vec4(0.0);
    var s1 = vec4(0.0);
    var s2 = vec4(0.0);
    var s3 = vec4(0.0);
    var s4 = vec4(0.0);
    var s5 = vec4(0.0);
    var s6 = vec4(0.0);
    var s7 = vec4(0.0);
    for (var k = spot.first / 4u + spot.lane; k < end; k += 8u) {
        let at = a_start + k * 4u;
        let rows = mat4x4<f32>(a[at], a[at + 1u], a[at + 2u], a[at + 3u]);
        s0 += rows * b[c0 + k];
        s1 += rows * b[c1 + k];
        s2 += rows * b[c2 + k];
        s3 += rows * b[c3 + k];
        s4 += rows * b[c4 + k];
        s5 += rows * b[c5 + k];
        s6 += rows * b[c6 + k];
        s7 += rows * b[c7 + k];
    }
    sh_columns[lid * 8u] = s0;
    sh_columns[lid * 8u + 1u] = s1;
    sh_columns[lid * 8u + 2u] = s2;
    sh_columns[lid * 8u + 3u] = s3;
    sh_columns[lid * 8u + 4u] = s4;
    sh_columns[lid * 8u + 5u] = s5;
    sh_columns[lid * 8u + 6u] = s6;
    sh_columns[lid * 8u + 7u] = s7;
    workgroupBarrier();

    // A row and a half of the columns each.
    let row = spot.lane % 4u;
    let half = spot.lane / 4u;
    let column4 = column / 4u + half;
    if (!spot.inside || spot.panel * 4u + row >= params.m || column4 >= params.n4) { return; }
    let first = lid - spot.lane;
    let c = half * 4u;
    let sums = vec4(total(first, c, row), total(first, c + 1u, row), total(first, c + 2u, row), total(first, c + 3u, row));
    y[spot.start + (spot.panel * 4u + row) * params.n4 + column4] = activate(sums + bias4(column4));
}
