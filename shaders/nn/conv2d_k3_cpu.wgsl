// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i - top, w + j - left])   (3x3 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    weight packed (groups, panels, k, 32/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// The 8 lanes of a subgroup own 32 channels x 4x16 pixels of y, each lane 4 of the channels, and write them once. The lanes load a
// channel's pixels together and broadcasts hand them round; the weights are each lane's own. Admitted on processors with subgroups of 8.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// use: lib/conv2d_block

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;

// Four pixels of a row under each of three taps; and the four quads of a block's row.
struct Under { q: vec4<f32>, s: vec4<f32>, u: vec4<f32> }
struct Row { a: Under, b: Under, c: Under, d: Under }

fn under(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> Under {
    return Under(quad(0u, a, b, c), quad(1u, a, b, c), quad(2u, a, b, c));
}

fn row_of(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32>, f: vec4<f32>) -> Row {
    return Row(under(a, b, c), under(b, c, d), under(c, d, e), under(d, e, f));
}

struct Taps { a: mat4x4<f32>, b: mat4x4<f32>, c: vec4<f32> }

// One pixel's four channels and the pixels under nine taps.
fn pixel(v: vec4<f32>, a: vec4<f32>, b: vec4<f32>, c: f32, w: Taps) -> vec4<f32> {
    return v + a.x * w.a[0] + a.y * w.a[1] + a.z * w.a[2] + a.w * w.a[3]
        + b.x * w.b[0] + b.y * w.b[1] + b.z * w.b[2] + b.w * w.b[3] + c * w.c;
}

fn nine(v: mat4x4<f32>, k: Under, l: Under, m: Under, w: Taps) -> mat4x4<f32> {
    return mat4x4<f32>(
        pixel(v[0], vec4(k.q.x, k.s.x, k.u.x, l.q.x), vec4(l.s.x, l.u.x, m.q.x, m.s.x), m.u.x, w),
        pixel(v[1], vec4(k.q.y, k.s.y, k.u.y, l.q.y), vec4(l.s.y, l.u.y, m.q.y, m.s.y), m.u.y, w),
        pixel(v[2], vec4(k.q.z, k.s.z, k.u.z, l.q.z), vec4(l.s.z, l.u.z, m.q.z, m.s.z), m.u.z, w),
        pixel(v[3], vec4(k.q.w, k.s.w, k.u.w, l.q.w), vec4(l.s.w, l.u.w, m.q.w, m.s.w), m.u.w, w),
    );
}

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
    for (var c = 0u; c < params.c; c++) {
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
        wi += 72u;
    }

    if (!spot.inside) { return; }
    put_quads(spot, 0u, t0, t1);
    put_quads(spot, 2u, t2, t3);
}
