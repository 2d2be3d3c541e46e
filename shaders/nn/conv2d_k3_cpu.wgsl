// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i - top, w + j - left])      (3x3 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    weight packed (groups, panels, k, 32/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// A subgroup of 8 lanes owns 32 channels x 4x16 pixels of y, a lane 4 of the channels, and writes them once. The lanes load a
// channel's pixels together and broadcasts hand them round; the weights are each lane's own. Admitted where the subgroup size is 8.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// use: lib/conv2d_block

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;

// A row of pixels: its quads under each column of taps.
struct Row {
    q0: vec4<f32>, q1: vec4<f32>, q2: vec4<f32>, q3: vec4<f32>,
    s0: vec4<f32>, s1: vec4<f32>, s2: vec4<f32>, s3: vec4<f32>,
    u0: vec4<f32>, u1: vec4<f32>, u2: vec4<f32>, u3: vec4<f32>,
}

fn row_of(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32>, f: vec4<f32>) -> Row {
    return Row(
        quad(0u, a, b, c), quad(0u, b, c, d), quad(0u, c, d, e), quad(0u, d, e, f),
        quad(1u, a, b, c), quad(1u, b, c, d), quad(1u, c, d, e), quad(1u, d, e, f),
        quad(2u, a, b, c), quad(2u, b, c, d), quad(2u, c, d, e), quad(2u, d, e, f),
    );
}

struct Taps { a: mat4x4<f32>, b: mat4x4<f32>, c: vec4<f32> }

fn nine(v: vec4<f32>, a: vec4<f32>, b: vec4<f32>, c: f32, w: Taps) -> vec4<f32> {
    return v + a.x * w.a[0] + a.y * w.a[1] + a.z * w.a[2] + a.w * w.a[3]
        + b.x * w.b[0] + b.y * w.b[1] + b.z * w.b[2] + b.w * w.b[3] + c * w.c;
}

fn nines(m: mat4x4<f32>, q: vec4<f32>, s: vec4<f32>, u: vec4<f32>, q1: vec4<f32>, s1: vec4<f32>, u1: vec4<f32>, q2: vec4<f32>, s2: vec4<f32>, u2: vec4<f32>, w: Taps) -> mat4x4<f32> {
    return mat4x4<f32>(
        nine(m[0], vec4(q.x, s.x, u.x, q1.x), vec4(s1.x, u1.x, q2.x, s2.x), u2.x, w),
        nine(m[1], vec4(q.y, s.y, u.y, q1.y), vec4(s1.y, u1.y, q2.y, s2.y), u2.y, w),
        nine(m[2], vec4(q.z, s.z, u.z, q1.z), vec4(s1.z, u1.z, q2.z, s2.z), u2.z, w),
        nine(m[3], vec4(q.w, s.w, u.w, q1.w), vec4(s1.w, u1.w, q2.w, s2.w), u2.w, w),
    );
}

fn add(quads: ptr<function, Quads>, r: Row, m: Row, l: Row, w: Taps) {
    (*quads).a = nines((*quads).a, r.q0, r.s0, r.u0, m.q0, m.s0, m.u0, l.q0, l.s0, l.u0, w);
    (*quads).b = nines((*quads).b, r.q1, r.s1, r.u1, m.q1, m.s1, m.u1, l.q1, l.s1, l.u1, w);
    (*quads).c = nines((*quads).c, r.q2, r.s2, r.u2, m.q2, m.s2, m.u2, l.q2, l.s2, l.u2, w);
    (*quads).d = nines((*quads).d, r.q3, r.s3, r.u3, m.q3, m.s3, m.u3, l.q3, l.s3, l.u3, w);
}

@compute @workgroup_size(WG)
fn conv2d_k3_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = block_of(flat_index(wg, groups, lid, WG));
    let p0 = pixels_of(spot, spot.lane + 0u, 6u);
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
            subgroupBroadcast(x0, 0u), subgroupBroadcast(x0, 1u), subgroupBroadcast(x0, 2u), subgroupBroadcast(x0, 3u), subgroupBroadcast(x0, 4u), subgroupBroadcast(x0, 5u),
        );
        let r1 = row_of(
            subgroupBroadcast(x0, 6u), subgroupBroadcast(x0, 7u), subgroupBroadcast(x1, 0u), subgroupBroadcast(x1, 1u), subgroupBroadcast(x1, 2u), subgroupBroadcast(x1, 3u),
        );
        let r2 = row_of(
            subgroupBroadcast(x1, 4u), subgroupBroadcast(x1, 5u), subgroupBroadcast(x1, 6u), subgroupBroadcast(x1, 7u), subgroupBroadcast(x2, 0u), subgroupBroadcast(x2, 1u),
        );
        add(&t0, r0, r1, r2, w);
        let r3 = row_of(
            subgroupBroadcast(x2, 2u), subgroupBroadcast(x2, 3u), subgroupBroadcast(x2, 4u), subgroupBroadcast(x2, 5u), subgroupBroadcast(x2, 6u), subgroupBroadcast(x2, 7u),
        );
        add(&t1, r1, r2, r3, w);
        let r4 = row_of(
            subgroupBroadcast(x3, 0u), subgroupBroadcast(x3, 1u), subgroupBroadcast(x3, 2u), subgroupBroadcast(x3, 3u), subgroupBroadcast(x3, 4u), subgroupBroadcast(x3, 5u),
        );
        add(&t2, r2, r3, r4, w);
        let r5 = row_of(
            subgroupBroadcast(x3, 6u), subgroupBroadcast(x3, 7u), subgroupBroadcast(x4, 0u), subgroupBroadcast(x4, 1u), subgroupBroadcast(x4, 2u), subgroupBroadcast(x4, 3u),
        );
        add(&t3, r3, r4, r5, w);
        channel += params.x_channel;
        wi += 72u;
    }

    if (!spot.inside) { return; }
    put_quads(spot, 0u, t0, t1);
    put_quads(spot, 2u, t2, t3);
}
