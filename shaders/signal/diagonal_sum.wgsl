// y[b,m,t] = sum over j < count of x[b, first + j, from + j + t], with (first, count, from) = sums[m]
//
// x (B,R,N)    sums (M,4) words, the last one unused    y (B,M,T)
// One invocation owns one element of y and writes it once; neighbours read neighbours.
// use: lib/grid

struct Params {
    rows: u32,             // R
    columns: u32,          // N
    sums: u32,             // M
    results: u32,          // T
    batch: u32,            // B
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn diagonal_sum(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.batch * params.sums * params.results) { return; }
    let t = i % params.results;
    let row = i / params.results;
    let part = sums[row % params.sums];
    var at = (row / params.sums * params.rows + part.x) * params.columns + part.z + t;
    var sum = 0.0;
    for (var j = 0u; j < part.y; j++) {
        sum += x[at];
        at += params.columns + 1u;
    }
    y[i] = sum;
}
