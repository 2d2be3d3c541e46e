// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i - top, w + j - left])   (2x2 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    weight packed (groups, panels, k, 8/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One invocation owns 8 channels x 4x8 pixels of y and writes them once.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// With PLACES, places are as y and say which of the window's four it was, as max_pool2d_places does.
// use: lib/conv2d_quads

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> places: array<vec2<f32>>;

override WG: u32 = 64;

// Two quads of a row, each under two taps.
struct Row { q1: vec4<f32>, s1: vec4<f32>, q2: vec4<f32>, s2: vec4<f32> }

// Of three vec4s in a row, of which the first or the last may have but one pixel under a tap.
fn row_of(first: Pixels, middle: Pixels, last: Pixels, channel: u32) -> Row {
    var a: vec4<f32>;
    var c: vec4<f32>;
    if (SHIFT == 3u) { a = load_w(first, channel); } else { a = load(first, channel); }
    if (SHIFT == 0u) { c = load_x(last, channel); } else { c = load(last, channel); }
    let b = load(middle, channel);
    return Row(quad(0u, a, b, b), quad(1u, a, b, b), quad(0u, b, c, c), quad(1u, b, c, c));
}

// Quads a and b of the first four channels, and c and d of the others.
fn add(quads: ptr<function, Quads>, r: Row, below: Row, near: mat4x4<f32>, far: mat4x4<f32>) {
    (*quads).a = four((*quads).a, r.q1, r.s1, below.q1, below.s1, near);
    (*quads).b = four((*quads).b, r.q2, r.s2, below.q2, below.s2, near);
    (*quads).c = four((*quads).c, r.q1, r.s1, below.q1, below.s1, far);
    (*quads).d = four((*quads).d, r.q2, r.s2, below.q2, below.s2, far);
}

@compute @workgroup_size(WG)
fn conv2d_k2(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(4u, 8u));
    // The block's rows and its borders: 5 rows of 3 vec4s.
    let p0 = pixels_of(spot, 0u, 3u);
    let p1 = pixels_of(spot, 1u, 3u);
    let p2 = pixels_of(spot, 2u, 3u);
    let p3 = pixels_of(spot, 3u, 3u);
    let p4 = pixels_of(spot, 4u, 3u);
    let p5 = pixels_of(spot, 5u, 3u);
    let p6 = pixels_of(spot, 6u, 3u);
    let p7 = pixels_of(spot, 7u, 3u);
    let p8 = pixels_of(spot, 8u, 3u);
    let p9 = pixels_of(spot, 9u, 3u);
    let p10 = pixels_of(spot, 10u, 3u);
    let p11 = pixels_of(spot, 11u, 3u);
    let p12 = pixels_of(spot, 12u, 3u);
    let p13 = pixels_of(spot, 13u, 3u);
    let p14 = pixels_of(spot, 14u, 3u);
    var channel = 0u;
    var wi = weight_of(spot, 2u);
    var t0: Quads;
    var t1: Quads;
    var t2: Quads;
    var t3: Quads;
    let end = wi + params.c * 8u;
    for (; wi < end; wi += 8u) {
        let near = mat4x4<f32>(weight[wi], weight[wi + 2u], weight[wi + 4u], weight[wi + 6u]);
        let far = mat4x4<f32>(weight[wi + 1u], weight[wi + 3u], weight[wi + 5u], weight[wi + 7u]);
        let r0 = row_of(p0, p1, p2, channel);
        let r1 = row_of(p3, p4, p5, channel);
        add(&t0, r0, r1, near, far);
        let r2 = row_of(p6, p7, p8, channel);
        add(&t1, r1, r2, near, far);
        let r3 = row_of(p9, p10, p11, channel);
        add(&t2, r2, r3, near, far);
        let r4 = row_of(p12, p13, p14, channel);
        add(&t3, r3, r4, near, far);
        channel += params.x_channel;
    }

    if (!spot.inside) { return; }
    put_quads(spot, 0u, t0, t1);
    put_quads(spot, 2u, t2, t3);
}
