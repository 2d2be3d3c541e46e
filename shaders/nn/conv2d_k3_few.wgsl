// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i - top, w + j - left])   (3x3 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    weight packed (groups, O/4, k, 4)    y (N,O,OH,OW/2) vec2 along w
// One invocation owns 4x16 pixels of one channel of y and writes them once: for outputs that do not fill the tiles of conv2d_k3.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// With PLACES, places are as y and say which of the window's four it was, as max_pool2d_places does.
// use: lib/conv2d_sixteen

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> places: array<vec2<f32>>;

override WG: u32 = 64;

// The six vec4s of a row of x that lie under a row of the block, the first and the last for one pixel each or, at the end, none.
struct Line { a: Pixels, b: Pixels, c: Pixels, d: Pixels, e: Pixels, f: Pixels }

fn line_of(spot: Spot, row: u32) -> Line {
    return Line(
        pixels_of(spot, row * 6u, 6u), pixels_of(spot, row * 6u + 1u, 6u), pixels_of(spot, row * 6u + 2u, 6u),
        pixels_of(spot, row * 6u + 3u, 6u), pixels_of(spot, row * 6u + 4u, 6u), pixels_of(spot, row * 6u + 5u, 6u),
    );
}

fn load_row(line: Line, channel: u32) -> Row {
    var a: vec4<f32>;
    var f: vec4<f32>;
    if (SHIFT == 3u) { a = load_w(line.a, channel); f = load_x(line.f, channel); } else { a = load(line.a, channel); }
    return row_of(a, load(line.b, channel), load(line.c, channel), load(line.d, channel), load(line.e, channel), f);
}

struct Weights { a: vec3<f32>, b: vec3<f32>, c: vec3<f32> }

// Of a channel's taps, four numbers apart.
fn weights_at(at: u32) -> Weights {
    return Weights(
        vec3(weight[at], weight[at + 4u], weight[at + 8u]),
        vec3(weight[at + 12u], weight[at + 16u], weight[at + 20u]),
        vec3(weight[at + 24u], weight[at + 28u], weight[at + 32u]),
    );
}

fn add_four(sums: vec4<f32>, k: Under, l: Under, m: Under, w: Weights) -> vec4<f32> {
    return sums + w.a.x * k.q + w.a.y * k.s + w.a.z * k.u + w.b.x * l.q + w.b.y * l.s + w.b.z * l.u
        + w.c.x * m.q + w.c.y * m.s + w.c.z * m.u;
}

// Sixteen pixels, a column for four.
fn add_row(sums: mat4x4<f32>, k: Row, l: Row, m: Row, w: Weights) -> mat4x4<f32> {
    return mat4x4<f32>(
        add_four(sums[0], k.a, l.a, m.a, w), add_four(sums[1], k.b, l.b, m.b, w),
        add_four(sums[2], k.c, l.c, m.c, w), add_four(sums[3], k.d, l.d, m.d, w),
    );
}

fn put_two(spot: Spot, row: u32, column: u32, above: vec4<f32>, below: vec4<f32>) {
    if (!holds(spot, row, column)) { return; }
    put_row(place_of(moved(spot, row, column), 1u), 0u, above, below);
}

fn put_rows(spot: Spot, row: u32, above: mat4x4<f32>, below: mat4x4<f32>) {
    put_two(spot, row, 0u, above[0], below[0]);
    put_two(spot, row, 4u, above[1], below[1]);
    put_two(spot, row, 8u, above[2], below[2]);
    put_two(spot, row, 12u, above[3], below[3]);
}

@compute @workgroup_size(WG)
fn conv2d_k3_few(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(4u, 16u));
    let l0 = line_of(spot, 0u);
    let l1 = line_of(spot, 1u);
    let l2 = line_of(spot, 2u);
    let l3 = line_of(spot, 3u);
    let l4 = line_of(spot, 4u);
    let l5 = line_of(spot, 5u);
    var channel = 0u;
    var t0: mat4x4<f32>;
    var t1: mat4x4<f32>;
    var t2: mat4x4<f32>;
    var t3: mat4x4<f32>;
    // Panels are of one channel here, and packed by four.
    let fours = (params.panels + 3u) / 4u;
    var wi = (spot.group * fours + spot.panel / 4u) * params.k * 4u + spot.panel % 4u;
    let end = wi + params.c * 36u;
    for (; wi < end; wi += 36u) {
        let w = weights_at(wi);
        let r0 = load_row(l0, channel);
        let r1 = load_row(l1, channel);
        let r2 = load_row(l2, channel);
        t0 = add_row(t0, r0, r1, r2, w);
        let r3 = load_row(l3, channel);
        t1 = add_row(t1, r1, r2, r3, w);
        let r4 = load_row(l4, channel);
        t2 = add_row(t2, r2, r3, r4, w);
        let r5 = load_row(l5, channel);
        t3 = add_row(t3, r3, r4, r5, w);
        channel += params.x_channel;
    }

    if (!spot.inside) { return; }
    put_rows(spot, 0u, t0, t1);
    put_rows(spot, 2u, t2, t3);
}
