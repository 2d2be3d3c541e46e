// y[n, o, d, h, w] = activation(bias[o] + sum over c, i, j of weight[o, c, i, j] * x[n, c, d, 2 h + i, 2 w + j])
//
// x (N,C,D,2H,2W/4) vec4 along w    weight (O,C) vec4 of taps (0,0), (0,1), (1,0), (1,1)    y (N,O,D,H,W/4) vec4 along w
// One invocation owns 8 channels x 4 pixels of y and writes them once; 8 neighbours share the channels.
// use: lib/patch_eight

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Eight channels from this one on, past the last the last one.
fn add(sums: ptr<function, Eight>, pixels: mat4x4<f32>, c: u32, channel: u32) {
    (*sums).a += mat4x4<f32>(
        pixels * weight[weight_of(channel) + c], pixels * weight[weight_of(channel + 1u) + c],
        pixels * weight[weight_of(channel + 2u) + c], pixels * weight[weight_of(channel + 3u) + c],
    );
    (*sums).b += mat4x4<f32>(
        pixels * weight[weight_of(channel + 4u) + c], pixels * weight[weight_of(channel + 5u) + c],
        pixels * weight[weight_of(channel + 6u) + c], pixels * weight[weight_of(channel + 7u) + c],
    );
}

@compute @workgroup_size(WG)
fn conv2d_patch(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), 8u);
    let q = spot.first + spot.lane;
    let step = 4u * params.depth * params.small4;
    var at = params.large_first + image_of(spot, params.c, 0u, 4u * params.small4) + above(min(q, params.small4 - 1u));
    let end = at + params.c * step;
    let channel = spot.panel * 8u;
    var c = 0u;
    var sums: Eight;
    for (; at < end; at += step) {
        add(&sums, under(at), c, channel);
        c += 1u;
    }

    if (!spot.inside || q >= params.small4) { return; }
    put_eight(spot, channel, q, sums);
}
