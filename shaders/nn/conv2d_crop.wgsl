// y[p, h, w] = x[p, h, w] for w < W
//
// x (rows, pitch)    y (rows, W)
// Takes away the columns that a tile wrote past the image. One invocation owns one element of y.
// use: lib/grid

struct Params { count: u32, w: u32, pitch: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_crop(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    y[i] = x[(i / params.w) * params.pitch + i % params.w];
}
