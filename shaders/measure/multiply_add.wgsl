// y[i] = sum over j < 12 of a[i,j,ROUNDS]    a[i,j,0] = x[i] + j    a[i,j,r+1] = a[i,j,r] m + c
//
// x, y (COUNT) vec4. One invocation owns one vec4 and writes it once. Twelve vec4 that do not wait for each other, and nothing to
// load: how fast a machine multiplies and adds, and so the ceiling of every product and convolution.
// use: lib/grid

struct Params { count: u32, rounds: u32, m: f32, c: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Accumulators {
    a0: vec4<f32>, a1: vec4<f32>, a2: vec4<f32>, a3: vec4<f32>, a4: vec4<f32>, a5: vec4<f32>,
    a6: vec4<f32>, a7: vec4<f32>, a8: vec4<f32>, a9: vec4<f32>, a10: vec4<f32>, a11: vec4<f32>,
}

fn step(all: ptr<function, Accumulators>, m: vec4<f32>, c: vec4<f32>) {
    (*all).a0 = (*all).a0 * m + c; (*all).a1 = (*all).a1 * m + c; (*all).a2 = (*all).a2 * m + c;
    (*all).a3 = (*all).a3 * m + c; (*all).a4 = (*all).a4 * m + c; (*all).a5 = (*all).a5 * m + c;
    (*all).a6 = (*all).a6 * m + c; (*all).a7 = (*all).a7 * m + c; (*all).a8 = (*all).a8 * m + c;
    (*all).a9 = (*all).a9 * m + c; (*all).a10 = (*all).a10 * m + c; (*all).a11 = (*all).a11 * m + c;
}

@compute @workgroup_size(WG)
fn multiply_add(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let first = x[i];
    let m = vec4(params.m);
    let c = vec4(params.c);
    var all = Accumulators(
        first, first + 1.0, first + 2.0, first + 3.0, first + 4.0, first + 5.0,
        first + 6.0, first + 7.0, first + 8.0, first + 9.0, first + 10.0, first + 11.0,
    );
    for (var r = 0u; r < params.rounds; r += 4u) {
        step(&all, m, c);
        step(&all, m, c);
        step(&all, m, c);
        step(&all, m, c);
    }
    y[i] = all.a0 + all.a1 + all.a2 + all.a3 + all.a4 + all.a5 + all.a6 + all.a7 + all.a8 + all.a9 + all.a10 + all.a11;
}
