// y[n, o, d, h, w] = activation(bias[o] + sum over c, i, j of weight[o, c, i, j] * x[n, c, d, 2 h + i, 2 w + j])
//
// x (N,C,D,2H,2W/4) vec4 along w    weight (O,C) vec4 of taps (0,0), (0,1), (1,0), (1,1)    y (N,O,D,H,W/4) vec4 along w
// One lane owns 32 channels x 4 pixels of y and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the weights: lane l
// loads those of every eighth channel from the l-th on, and broadcasts hand them to all. Admitted on processors with subgroups of 8.
// use: lib/patch_eight

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

fn add(sums: ptr<function, Eight>, pixels: mat4x4<f32>, w: vec4<f32>) {
    (*sums).a += mat4x4<f32>(
        pixels * subgroupBroadcast(w, 0u), pixels * subgroupBroadcast(w, 1u),
        pixels * subgroupBroadcast(w, 2u), pixels * subgroupBroadcast(w, 3u),
    );
    (*sums).b += mat4x4<f32>(
        pixels * subgroupBroadcast(w, 4u), pixels * subgroupBroadcast(w, 5u),
        pixels * subgroupBroadcast(w, 6u), pixels * subgroupBroadcast(w, 7u),
    );
}

@compute @workgroup_size(WG)
fn conv2d_patch_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), 8u);
    let q = spot.first + spot.lane;
    let step = 4u * params.depth * params.small4;
    var at = params.large_first + image_of(spot, params.c, 0u, 4u * params.small4) + above(min(q, params.small4 - 1u));
    let end = at + params.c * step;
    let channel = spot.panel * 32u + spot.lane;
    let w0 = weight_of(channel);
    let w1 = weight_of(channel + 8u);
    let w2 = weight_of(channel + 16u);
    let w3 = weight_of(channel + 24u);
    var c = 0u;
    var s0: Eight;
    var s1: Eight;
    var s2: Eight;
    var s3: Eight;
    for (; at < end; at += step) {
        let pixels = under(at);
        add(&s0, pixels, weight[w0 + c]);
        add(&s1, pixels, weight[w1 + c]);
        add(&s2, pixels, weight[w2 + c]);
        add(&s3, pixels, weight[w3 + c]);
        c += 1u;
    }

    if (!spot.inside || q >= params.small4) { return; }
    put_eight(spot, spot.panel * 32u + 0u, q, s0);
    put_eight(spot, spot.panel * 32u + 8u, q, s1);
    put_eight(spot, spot.panel * 32u + 16u, q, s2);
    put_eight(spot, spot.panel * 32u + 24u, q, s3);
}
