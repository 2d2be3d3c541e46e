// y[i] = x[i]
//
// x, y (COUNT) vec4. One invocation owns one vec4 and writes it once: how fast a machine reads and writes its memory, and so the
// ceiling of every function of elements.
// use: lib/grid

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 256;

@compute @workgroup_size(WG)
fn copy_vec4(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    y[i] = x[i];
}
