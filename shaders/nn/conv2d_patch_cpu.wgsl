// y[n, o, d, h, w] = activation(bias[o] + sum over c, i, j of weight[o, c, i, j] * x[n, c, d, 2 h + i, 2 w + j])
//
// x (N,C,D,2H,2W/4) vec4 along w    weight (O,C) vec4 of taps (0,0), (0,1), (1,0), (1,1)    y (N,O,D,H,W/4) vec4 along w
// One lane owns 32 channels x 4 pixels of y and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the weights: lane l
// loads those of every eighth channel from the l-th on, and broadcasts hand them to all. Admitted on processors with subgroups of 8.
// use: lib/patch
// use: lib/activate

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Four pixels (a row) of eight channels (a column each).
struct Eight { a: mat4x4<f32>, b: mat4x4<f32> }

// The pixels under each tap (a column) of four windows.
fn under(at: u32) -> mat4x4<f32> {
    let below = at + 2u * params.w4;
    let a = x[at];
    let b = x[at + 1u];
    let c = x[below];
    let d = x[below + 1u];
    return mat4x4<f32>(vec4(a.xz, b.xz), vec4(a.yw, b.yw), vec4(c.xz, d.xz), vec4(c.yw, d.yw));
}

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

fn put(spot: Spot, channel: u32, q: u32, sums: vec4<f32>) {
    if (channel >= params.o) { return; }
    var b = 0.0;
    if (params.has_bias != 0u) { b = bias[channel]; }
    y[params.small_first + image_of(spot, params.o, channel, params.small4) + q] = activate(sums + b);
}

fn put_eight(spot: Spot, first: u32, q: u32, sums: Eight) {
    let channel = spot.panel * 32u + first;
    put(spot, channel, q, sums.a[0]);
    put(spot, channel + 1u, q, sums.a[1]);
    put(spot, channel + 2u, q, sums.a[2]);
    put(spot, channel + 3u, q, sums.a[3]);
    put(spot, channel + 4u, q, sums.b[0]);
    put(spot, channel + 5u, q, sums.b[1]);
    put(spot, channel + 6u, q, sums.b[2]);
    put(spot, channel + 7u, q, sums.b[3]);
}

// The first weight of a channel, past the last that of the last one.
fn weight_of(channel: u32) -> u32 {
    return min(channel, params.o - 1u) * params.c;
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
    put_eight(spot, 0u, q, s0);
    put_eight(spot, 8u, q, s1);
    put_eight(spot, 16u, q, s2);
    put_eight(spot, 24u, q, s3);
}
