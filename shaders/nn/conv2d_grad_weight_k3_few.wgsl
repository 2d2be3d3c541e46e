// y[s, k, f, (i, j)] = sum over the split's pixels (n, h, w) of a[n, k, h, w] * b[n, f, h + i - top, w + j - 1], 0 outside of b   (3x3 taps)
//
// a (N,groups many,H,W/4) vec4 along w    b (N,groups few,BH,W/4) vec4 along w
// y (splits, a record of groups of 9 many few), with TURNED from the last tap to the first
// With a = dy and b = x it is the gradient of the weights of few channels; with a = x and b = dy, turned, that of few outputs.
// One invocation owns the nine taps of four channels k and one f over a strip of sixteen columns of the images of a split, goes down its rows,
// and writes each sum once. What is read of a is read once for all taps, a row of b for its three.
// use: lib/grid

struct Params {
    many: u32, few: u32, panels: u32, units: u32,    // channels of a, of b; fours of those of a; all units
    by_many: u32, by_few: u32, record: u32,          // windows of y to the next k and f; numbers of a split
    images: u32, images_split: u32, first_split: u32,
    h: u32, bh: u32, w4: u32, top: u32,              // rows of a and of b, vec4s of a row of either, rows of padding above b
    a_first: u32, b_first: u32, groups: u32,         // vec4s, vec4s
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;
override TURNED: bool = false;

// A strip's columns, and which of them have neighbours.
struct Strip { at: u32, has_left: bool, has_right: bool }

// Sixteen pixels of a row, and one on either side; whether there is such a row.
struct Row { inside: bool, left: f32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, right: f32 }

// Row h of the channel that begins at `start`; in place of one that is not there the first, to be dropped.
fn row_of(start: u32, strip: Strip, h: u32) -> Row {
    let inside = h < params.bh;  // wraps above b
    let at = start + select(0u, h, inside) * params.w4 + strip.at;
    return Row(
        inside,
        select(0.0, b[at - select(0u, 1u, strip.has_left)].w, strip.has_left),
        b[at], b[at + 1u], b[at + 2u], b[at + 3u],
        select(0.0, b[at + select(0u, 4u, strip.has_right)].x, strip.has_right),
    );
}

// Sums of a window, a row of taps each.
struct Sums { i: vec3<f32>, j: vec3<f32>, k: vec3<f32> }

// Sixteen pixels of a, a column for four: all, those that have a left neighbour in b, and those that have a right one.
struct Pixels { all: mat4x4<f32>, first: vec4<f32>, last: vec4<f32> }

// Their products with those of b under three taps. What has no neighbour counts as 0, or what is no number would reach a tap that
// does not see it.
fn products(p: Pixels, r: Row) -> vec3<f32> {
    let taps = vec3(
        dot(p.first, vec4(r.left, r.a.xyz)) + dot(p.all[1], vec4(r.a.w, r.b.xyz)) + dot(p.all[2], vec4(r.b.w, r.c.xyz))
            + dot(p.all[3], vec4(r.c.w, r.d.xyz)),
        dot(p.all[0], r.a) + dot(p.all[1], r.b) + dot(p.all[2], r.c) + dot(p.all[3], r.d),
        dot(p.all[0], vec4(r.a.yzw, r.b.x)) + dot(p.all[1], vec4(r.b.yzw, r.c.x)) + dot(p.all[2], vec4(r.c.yzw, r.d.x))
            + dot(p.last, vec4(r.d.yzw, r.right)),
    );
    return select(vec3(0.0), taps, r.inside);
}

fn added(sums: Sums, at: u32, strip: Strip, upper: Row, middle: Row, lower: Row) -> Sums {
    let all = mat4x4<f32>(a[at], a[at + 1u], a[at + 2u], a[at + 3u]);
    let pixels = Pixels(
        all, vec4(select(0.0, all[0].x, strip.has_left), all[0].yzw), vec4(all[3].xyz, select(0.0, all[3].w, strip.has_right)),
    );
    return Sums(sums.i + products(pixels, upper), sums.j + products(pixels, middle), sums.k + products(pixels, lower));
}

fn put_three(at: u32, tap: u32, three: vec3<f32>) {
    let first = select(at + tap, at + 8u - tap, TURNED);
    y[first] = three.x;
    y[select(first + 1u, first - 1u, TURNED)] = three.y;
    y[select(first + 2u, first - 2u, TURNED)] = three.z;
}

fn put(at: u32, k: u32, sums: Sums) {
    if (k >= params.many) { return; }
    let window = at + k * params.by_many * 9u;
    put_three(window, 0u, sums.i);
    put_three(window, 3u, sums.j);
    put_three(window, 6u, sums.k);
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_k3_few(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Neighbours have neighbouring strips.
    let i = flat_index(wg, groups, lid, WG);
    let unit = min(i, params.units - 1u);
    let strips = params.w4 / 4u;
    let column = unit % strips;
    let strip = Strip(column * 4u, column > 0u, column + 1u < strips);
    var rest = unit / strips;
    let k = rest % params.panels * 4u;
    rest /= params.panels;
    let f = rest % params.few;
    rest /= params.few;
    let group = rest % params.groups;
    let split = rest / params.groups;

    let plane = params.h * params.w4;
    let k1 = min(1u, params.many - 1u - k) * plane;
    let k2 = min(2u, params.many - 1u - k) * plane;
    let k3 = min(3u, params.many - 1u - k) * plane;
    var s0: Sums;
    var s1: Sums;
    var s2: Sums;
    var s3: Sums;
    let first = split * params.images_split;
    let end = min(first + params.images_split, params.images);
    for (var n = first; n < end; n++) {
        let start = params.b_first + ((n * params.groups + group) * params.few + f) * params.bh * params.w4;
        var upper = row_of(start, strip, 0u - params.top);
        var middle = row_of(start, strip, 1u - params.top);
        var h = 2u - params.top;
        var at = params.a_first + ((n * params.groups + group) * params.many + k) * plane + strip.at;
        for (let last = at + plane; at < last; at += params.w4) {
            let lower = row_of(start, strip, h);
            s0 = added(s0, at, strip, upper, middle, lower);
            s1 = added(s1, at + k1, strip, upper, middle, lower);
            s2 = added(s2, at + k2, strip, upper, middle, lower);
            s3 = added(s3, at + k3, strip, upper, middle, lower);
            upper = middle;
            middle = lower;
            h++;
        }
    }

    if (i >= params.units) { return; }
    let to = ((params.first_split + split) * strips + column) * params.record
        + (group * params.many * params.few + f * params.by_few) * 9u;
    put(to, k, s0);
    put(to, k + 1u, s1);
    put(to, k + 2u, s2);
    put(to, k + 3u, s3);
}
