// y[n,c,s] = f(a[n,c,s], b[c])      one number of b for a run of S: a channel's bias, a scalar
//
// a, y (N,C,S/4) vec4    b (C). One invocation owns four numbers of y and writes them once.
// use: lib/grid
// use: lib/pointwise

struct Params { count: u32, run: u32, period: u32, value: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;
override F: u32 = 0;
override SWAP: u32 = 0;

@compute @workgroup_size(WG)
fn binary_splat(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let one = a[i];
    let two = vec4(b[(i / params.run) % params.period]);
    if (SWAP == 1u) {
        y[i] = binary_of(F, two, one, params.value);
    } else {
        y[i] = binary_of(F, one, two, params.value);
    }
}
