// y[b,m,t] = sum over f in first[m] .. end[m] of w[m,f] x[b,f,t]      a matrix that is zero outside one band a row
//
// w (M,F)    ranges (M,2): first and end    x (B,F,T)    y (B,M,T). One invocation owns four neighbouring t of one row (fewer at
// the end) and writes each once.
// use: lib/grid

struct Params { count: u32, m: u32, f: u32, t: u32, quads: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> ranges: array<u32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn banded_matmul(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let t = (i % params.quads) * 4u;
    let row = i / params.quads;
    let m = row % params.m;
    let last = params.t - 1u;
    let at = vec4(t, min(t + 1u, last), min(t + 2u, last), min(t + 3u, last));
    var from_x = ((row / params.m) * params.f + ranges[2u * m]) * params.t;
    var sum = vec4(0.0);
    for (var f = ranges[2u * m]; f < ranges[2u * m + 1u]; f++) {
        let i4 = at + from_x;
        sum += w[m * params.f + f] * vec4(x[i4.x], x[i4.y], x[i4.z], x[i4.w]);
        from_x += params.t;
    }
    for (var k = 0u; k < 4u; k++) {
        if (t + k < params.t) { y[row * params.t + t + k] = sum[k]; }
    }
}
