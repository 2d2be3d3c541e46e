// y[i] = f5(f4(f3(f2(f1(f0(x[i]))))))      a chain of up to six functions, each with two numbers of its own
//
// x, y (COUNT) vec4: four numbers an invocation. One invocation owns one element and writes it once.
// use: lib/grid
// use: lib/pointwise

struct Params {
    count: u32,
    a0: f32, b0: f32, a1: f32, b1: f32, a2: f32, b2: f32, a3: f32, b3: f32, a4: f32, b4: f32, a5: f32, b5: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;
override F0: u32 = 0;
override F1: u32 = 0;
override F2: u32 = 0;
override F3: u32 = 0;
override F4: u32 = 0;
override F5: u32 = 0;

fn chain(x: vec4<f32>) -> vec4<f32> {
    var v = unary_of(F0, x, params.a0, params.b0);
    v = unary_of(F1, v, params.a1, params.b1);
    v = unary_of(F2, v, params.a2, params.b2);
    v = unary_of(F3, v, params.a3, params.b3);
    v = unary_of(F4, v, params.a4, params.b4);
    return unary_of(F5, v, params.a5, params.b5);
}

@compute @workgroup_size(WG)
fn unary_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    y[i] = chain(x[i]);
}
