// y[s, o, i, j] = sum over the split's pixels (n, h, w) of dy[n, o, h, w] * x[n, o / many, h s + i - top, w s + j - left]   (3x3 taps, s 1 or 2)
//
// x (N,C,D,H,W), dy (N,O,D,OH,OW), both as vec4s, in which rows begin anywhere    y (splits, strips, a record of O windows)
// One invocation owns the nine taps of a channel of dy over a strip of the images of a split, 8 or 16 columns wide, goes down its rows and
// writes each sum once. What it reads of x it reads once for all taps.
// use: lib/depthwise
// use: lib/divide
// use: lib/grid

struct Params {
    units: u32, strips: u32,                                          // all of them, strips of a row
    o: u32, many: u32, depth: u32,                                    // channels of dy, of a channel of x; images of a channel
    h: u32, w: u32, oh: u32, ow: u32, top: u32, left: u32,
    images: u32, images_split: u32, first_split: u32, record: u32,    // those of a part, those of a split; numbers of a record
    x_first: u32, dy_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;
override STRIDE: u32 = 1;
// Whether rows of dy are whole vec4s; else vec4s that hold a strip of one: 2 to 5.
override ALIGNED: bool = false;
override DY_LOADS: u32 = 5;

fn pixels(at: u32) -> vec4<f32> { return x[at]; }

// Pixels of dy from the at-th number on, of which `left` are there.
fn row_of_dy(at: u32, left: u32) -> mat4x4<f32> {
    let a = at / 4u;
    var q: Quads;
    q.a = dy[a];
    if (ALIGNED) {
        if (left > 4u) { q.b = dy[a + 1u]; }
        if (STRIDE == 1u && FOURS > 2u) {
            if (left > 8u) { q.c = dy[a + 2u]; }
            if (left > 12u) { q.d = dy[a + 3u]; }
        }
        return mat4x4<f32>(q.a, q.b, q.c, q.d);
    }
    q.b = dy[a + 1u];
    if (DY_LOADS > 2u) { q.c = dy[a + 2u]; }
    if (DY_LOADS > 3u) { q.d = dy[a + 3u]; }
    if (DY_LOADS > 4u) { q.e = dy[a + 4u]; }
    q = behind(q, at & 3u);
    return mat4x4<f32>(q.a, q.b, q.c, q.d);
}

// Pixels of x under one tap of four pixels of dy, and which of both are there: what is not does not count, even if the other is no number.
fn product(d: vec4<f32>, under: vec4<f32>, column: u32, tap: u32) -> f32 {
    let own = vec4(column) + vec4(0u, 1u, 2u, 3u);
    let there = (own < vec4(params.ow)) & (own * STRIDE + tap - params.left < vec4(params.w));
    return dot(select(vec4(0.0), d, there), select(vec4(0.0), under, there));
}

fn three(d: vec4<f32>, under0: vec4<f32>, under1: vec4<f32>, under2: vec4<f32>, column: u32) -> vec3<f32> {
    return vec3(product(d, under0, column, 0u), product(d, under1, column, 1u), product(d, under2, column, 2u));
}

// A row of taps.
fn sums(d: mat4x4<f32>, r: Row, column: u32) -> vec3<f32> {
    if (STRIDE == 2u) {
        let odd = vec4(r.m[0].yw, r.m[1].yw);
        let other = vec4(r.m[2].yw, r.m[3].yw);
        return three(d[0], vec4(r.left, odd.xyz), vec4(r.m[0].xz, r.m[1].xz), odd, column)
            + three(d[1], vec4(odd.w, other.xyz), vec4(r.m[2].xz, r.m[3].xz), other, column + 4u);
    }
    let a = three(d[0], vec4(r.left, r.m[0].xyz), r.m[0], vec4(r.m[0].yzw, r.m[1].x), column);
    if (FOURS == 2u) {
        return a + three(d[1], vec4(r.m[0].w, r.m[1].xyz), r.m[1], vec4(r.m[1].yzw, r.right), column + 4u);
    }
    return a + three(d[1], vec4(r.m[0].w, r.m[1].xyz), r.m[1], vec4(r.m[1].yzw, r.m[2].x), column + 4u)
        + three(d[2], vec4(r.m[1].w, r.m[2].xyz), r.m[2], vec4(r.m[2].yzw, r.m[3].x), column + 8u)
        + three(d[3], vec4(r.m[2].w, r.m[3].xyz), r.m[3], vec4(r.m[3].yzw, r.right), column + 12u);
}

fn put_three(at: u32, v: vec3<f32>) {
    y[at] = v.x;
    y[at + 1u] = v.y;
    y[at + 2u] = v.z;
}

@compute @workgroup_size(WG)
fn conv2d_depthwise_k3_grad_weight(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let unit = flat_index(wg, groups, lid, WG);
    if (unit >= params.units) { return; }
    let by_strip = split(unit, params.strips);
    let by_o = split(by_strip.x, params.o);
    let o = by_o.y;
    let column = by_strip.y * (4u * FOURS / STRIDE);
    let left = params.ow - column;
    var s0 = vec3(0.0);
    var s1 = vec3(0.0);
    var s2 = vec3(0.0);
    let first = by_o.x * params.images_split;
    let end = min(first + params.images_split, params.images);
    for (var n = first; n < end; n++) {
        let image = split(n, params.depth);
        let source = (image.x * (params.o / params.many) + o / params.many) * params.depth + image.y;
        let strip = Strip(params.x_first + source * params.h * params.w, params.h, params.w, column * STRIDE + 1u - params.left);
        var at = params.dy_first + ((image.x * params.o + o) * params.depth + image.y) * params.oh * params.ow + column;
        var h = 0u - params.top;
        var upper = row_of(strip, h);
        var middle = row_of(strip, h + 1u);
        for (var k = 0u; k < params.oh; k++) {
            if (STRIDE == 2u) { middle = row_of(strip, h + 1u); }
            let lower = row_of(strip, h + 2u);
            let d = row_of_dy(at, left);
            s0 += select(vec3(0.0), sums(d, upper, column), h < params.h);  // wraps above x
            s1 += select(vec3(0.0), sums(d, middle, column), h + 1u < params.h);
            s2 += select(vec3(0.0), sums(d, lower, column), h + 2u < params.h);
            if (STRIDE == 1u) {
                upper = middle;
                middle = lower;
            } else {
                upper = lower;
            }
            h += STRIDE;
            at += params.ow;
        }
    }
    let to = ((params.first_split + by_o.x) * params.strips + by_strip.y) * params.record + o * 9u;
    put_three(to, s0);
    put_three(to + 3u, s1);
    put_three(to + 6u, s2);
}
