// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i - top, w + j - left])   (3x3 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    weight packed (groups, panels, k, 32/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// The 8 lanes of a subgroup own 32 channels x 4x16 pixels of y, each lane 4 of the channels, and write them once. The lanes load a
// channel's pixels together and broadcasts hand them round; the weights are each lane's own. Admitted on processors with subgroups of 8.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// With PLACES, places are as y and say which of the window's four it was, as max_pool2d_places does.
// use: lib/conv2d_sixteen
// use: lib/conv2d_shared

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> places: array<vec2<f32>>;

override WG: u32 = 64;

fn add(quads: ptr<function, Quads>, k: Row, l: Row, m: Row, w: Taps) {
    (*quads).a = nine((*quads).a, k.a, l.a, m.a, w);
    (*quads).b = nine((*quads).b, k.b, l.b, m.b, w);
    (*quads).c = nine((*quads).c, k.c, l.c, m.c, w);
    (*quads).d = nine((*quads).d, k.d, l.d, m.d, w);
}

@compute @workgroup_size(WG)
fn conv2d_k3_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = block_of(flat_index(wg, groups, lid, WG));
    // The block's rows and its borders: 6 rows of 6 vec4s.
    let p0 = pixels_of(spot, spot.lane, 6u);
    let p1 = pixels_of(spot, spot.lane + 8u, 6u);
    let p2 = pixels_of(spot, spot.lane + 16u, 6u);
    let p3 = pixels_of(spot, spot.lane + 24u, 6u);
    let p4 = pixels_of(spot, spot.lane + 32u, 6u);
    var channel = 0u;
    var wi = weight_of(spot, 8u) + spot.lane;
    var t0: Quads;
    var t1: Quads;
    var t2: Quads;
    var t3: Quads;
    let end = wi + params.c * 72u;
    for (; wi < end; wi += 72u) {
        let x0 = load(p0, channel);
        let x1 = load(p1, channel);
        let x2 = load(p2, channel);
        let x3 = load(p3, channel);
        let x4 = load(p4, channel);
        let w = Taps(
            mat4x4<f32>(weight[wi], weight[wi + 8u], weight[wi + 16u], weight[wi + 24u]),
            mat4x4<f32>(weight[wi + 32u], weight[wi + 40u], weight[wi + 48u], weight[wi + 56u]),
            weight[wi + 64u],
        );
        let r0 = row_of(
            subgroupBroadcast(x0, 0u), subgroupBroadcast(x0, 1u), subgroupBroadcast(x0, 2u),
            subgroupBroadcast(x0, 3u), subgroupBroadcast(x0, 4u), subgroupBroadcast(x0, 5u),
        );
        let r1 = row_of(
            subgroupBroadcast(x0, 6u), subgroupBroadcast(x0, 7u), subgroupBroadcast(x1, 0u),
            subgroupBroadcast(x1, 1u), subgroupBroadcast(x1, 2u), subgroupBroadcast(x1, 3u),
        );
        let r2 = row_of(
            subgroupBroadcast(x1, 4u), subgroupBroadcast(x1, 5u), subgroupBroadcast(x1, 6u),
            subgroupBroadcast(x1, 7u), subgroupBroadcast(x2, 0u), subgroupBroadcast(x2, 1u),
        );
        add(&t0, r0, r1, r2, w);
        let r3 = row_of(
            subgroupBroadcast(x2, 2u), subgroupBroadcast(x2, 3u), subgroupBroadcast(x2, 4u),
            subgroupBroadcast(x2, 5u), subgroupBroadcast(x2, 6u), subgroupBroadcast(x2, 7u),
        );
        add(&t1, r1, r2, r3, w);
        let r4 = row_of(
            subgroupBroadcast(x3, 0u), subgroupBroadcast(x3, 1u), subgroupBroadcast(x3, 2u),
            subgroupBroadcast(x3, 3u), subgroupBroadcast(x3, 4u), subgroupBroadcast(x3, 5u),
        );
        add(&t2, r2, r3, r4, w);
        let r5 = row_of(
            subgroupBroadcast(x3, 6u), subgroupBroadcast(x3, 7u), subgroupBroadcast(x4, 0u),
            subgroupBroadcast(x4, 1u), subgroupBroadcast(x4, 2u), subgroupBroadcast(x4, 3u),
        );
        add(&t3, r3, r4, r5, w);
        channel += params.x_channel;
    }

    if (!spot.inside) { return; }
    put_quads(spot, 0u, t0, t1);
    put_quads(spot, 2u, t2, t3);
}
