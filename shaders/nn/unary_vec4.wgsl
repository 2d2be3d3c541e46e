// y[i] = f5(f4(f3(f2(f1(f0(x[i]))))))      a chain of up to six functions, each with two numbers of its own
//
// x, y (COUNT) vec4: four numbers an invocation. One invocation owns one element and writes it once.
// use: lib/chain
// use: lib/grid

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

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
