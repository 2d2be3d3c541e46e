// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i - top, w + j - left])   (3x3 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    weight packed (groups, panels, k, 8/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One invocation owns 8 channels x 4x8 pixels of y and writes them once.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// With PLACES, places are as y and say which of the window's four it was, as max_pool2d_places does.
// use: lib/conv2d_nine
// use: lib/conv2d_quads

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> places: array<vec2<f32>>;

override WG: u32 = 64;

struct Row { a: Under, b: Under }

// Of four vec4s in a row, of which the first and the last have one pixel under a tap, or the last none.
fn row_of(first: Pixels, second: Pixels, third: Pixels, last: Pixels, channel: u32) -> Row {
    var a: vec4<f32>;
    var d: vec4<f32>;
    if (SHIFT == 3u) { a = load_w(first, channel); d = load_x(last, channel); } else { a = load(first, channel); }
    let b = load(second, channel);
    let c = load(third, channel);
    return Row(under(a, b, c), under(b, c, d));
}

// Quads a and b of the first four channels, and c and d of the others.
fn add(quads: ptr<function, Quads>, k: Row, l: Row, m: Row, near: Taps, far: Taps) {
    (*quads).a = nine((*quads).a, k.a, l.a, m.a, near);
    (*quads).b = nine((*quads).b, k.b, l.b, m.b, near);
    (*quads).c = nine((*quads).c, k.a, l.a, m.a, far);
    (*quads).d = nine((*quads).d, k.b, l.b, m.b, far);
}

fn taps_of(at: u32) -> Taps {
    return Taps(
        mat4x4<f32>(weight[at], weight[at + 2u], weight[at + 4u], weight[at + 6u]),
        mat4x4<f32>(weight[at + 8u], weight[at + 10u], weight[at + 12u], weight[at + 14u]),
        weight[at + 16u],
    );
}

@compute @workgroup_size(WG)
fn conv2d_k3(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(4u, 8u));
    // The block's rows and its borders: 6 rows of 4 vec4s.
    let p0 = pixels_of(spot, 0u, 4u);
    let p1 = pixels_of(spot, 1u, 4u);
    let p2 = pixels_of(spot, 2u, 4u);
    let p3 = pixels_of(spot, 3u, 4u);
    let p4 = pixels_of(spot, 4u, 4u);
    let p5 = pixels_of(spot, 5u, 4u);
    let p6 = pixels_of(spot, 6u, 4u);
    let p7 = pixels_of(spot, 7u, 4u);
    let p8 = pixels_of(spot, 8u, 4u);
    let p9 = pixels_of(spot, 9u, 4u);
    let p10 = pixels_of(spot, 10u, 4u);
    let p11 = pixels_of(spot, 11u, 4u);
    let p12 = pixels_of(spot, 12u, 4u);
    let p13 = pixels_of(spot, 13u, 4u);
    let p14 = pixels_of(spot, 14u, 4u);
    let p15 = pixels_of(spot, 15u, 4u);
    let p16 = pixels_of(spot, 16u, 4u);
    let p17 = pixels_of(spot, 17u, 4u);
    let p18 = pixels_of(spot, 18u, 4u);
    let p19 = pixels_of(spot, 19u, 4u);
    let p20 = pixels_of(spot, 20u, 4u);
    let p21 = pixels_of(spot, 21u, 4u);
    let p22 = pixels_of(spot, 22u, 4u);
    let p23 = pixels_of(spot, 23u, 4u);
    var channel = 0u;
    var wi = weight_of(spot, 2u);
    var t0: Quads;
    var t1: Quads;
    var t2: Quads;
    var t3: Quads;
    let end = wi + params.c * 18u;
    for (; wi < end; wi += 18u) {
        let near = taps_of(wi);
        let far = taps_of(wi + 1u);
        let r0 = row_of(p0, p1, p2, p3, channel);
        let r1 = row_of(p4, p5, p6, p7, channel);
        let r2 = row_of(p8, p9, p10, p11, channel);
        add(&t0, r0, r1, r2, near, far);
        let r3 = row_of(p12, p13, p14, p15, channel);
        add(&t1, r1, r2, r3, near, far);
        let r4 = row_of(p16, p17, p18, p19, channel);
        add(&t2, r2, r3, r4, near, far);
        let r5 = row_of(p20, p21, p22, p23, channel);
        add(&t3, r3, r4, r5, near, far);
        channel += params.x_channel;
    }

    if (!spot.inside) { return; }
    put_quads(spot, 0u, t0, t1);
    put_quads(spot, 2u, t2, t3);
}
