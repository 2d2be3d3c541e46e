// y[s, g, o, c, (i, j)] = sum over the split's pixels p = (n, h, w) of dy[n, g, o, h, w] * x[n, g, c, h - top + i, w + j]   (2x2 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    dy (N,groups,O,OH,W/4) vec4 along w    y (splits,groups,O,C) vec4 of the taps
// One invocation owns 12 outputs x 4 channels and writes them once. A larger tile would need fewer loads, but its unrolled step no longer
// fits where a processor keeps decoded instructions.
// use: lib/grid
// use: lib/conv2d_rows

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Four outputs' sums, a matrix a channel.
struct Tile { t0: mat4x4<f32>, t1: mat4x4<f32>, t2: mat4x4<f32>, t3: mat4x4<f32> }

// Four pixels of an upper and a lower row.
struct Quad { upper: vec4<f32>, lower: vec4<f32> }

fn load(row: Row, at: u32) -> Quad {
    return Quad(
        select(vec4(0.0), x[row.upper + at], row.has_upper), select(vec4(0.0), x[row.lower + at], row.has_lower),
    );
}

// Where four outputs begin behind the group's first.
fn outputs_at(output: u32) -> vec4<u32> {
    return vec4(output_at(output), output_at(output + 1u), output_at(output + 2u), output_at(output + 3u));
}

// Four pixels of four outputs, a column a pixel.
fn pixels(at: vec4<u32>) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(dy[at.x], dy[at.y], dy[at.z], dy[at.w]));
}

fn add(t: ptr<function, Tile>, before: vec4<f32>, dy: mat4x4<f32>, x0: Quad, x1: Quad, x2: Quad, x3: Quad) {
    (*t).t0 = add_taps((*t).t0, before, dy, x0.upper, x0.lower);
    (*t).t1 = add_taps((*t).t1, before, dy, x1.upper, x1.lower);
    (*t).t2 = add_taps((*t).t2, before, dy, x2.upper, x2.lower);
    (*t).t3 = add_taps((*t).t3, before, dy, x3.upper, x3.lower);
}

fn put(spot: Spot, output: u32, t: Tile) {
    let channel = spot.block * 4u;
    put_taps(spot, output, channel, t.t0);
    put_taps(spot, output, channel + 1u, t.t1);
    put_taps(spot, output, channel + 2u, t.t2);
    put_taps(spot, output, channel + 3u, t.t3);
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_k2(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let channel = spot.block * 4u;
    let c0 = channel_at(channel);
    let c1 = channel_at(channel + 1u);
    let c2 = channel_at(channel + 2u);
    let c3 = channel_at(channel + 3u);
    let output = spot.panel * 12u;
    let o0 = outputs_at(output);
    let o1 = outputs_at(output + 4u);
    let o2 = outputs_at(output + 8u);
    var a: Tile;
    var b: Tile;
    var c: Tile;
    var row = row_of(spot.first, spot.group);
    for (var r = spot.first; r < spot.end; r++) {
        var before_a = vec4(0.0);
        var before_b = vec4(0.0);
        var before_c = vec4(0.0);
        // Not up to a uniform: lavapipe would compile the kernel again at every dispatch, for that number.
        for (var d = row.d; d < row.d + params.w4; d++) {
            let q = d - row.d;
            let x0 = load(row, c0 + q);
            let x1 = load(row, c1 + q);
            let x2 = load(row, c2 + q);
            let x3 = load(row, c3 + q);
            // One matrix of dy after the other, while it is in registers.
            let d_a = pixels(d + o0);
            add(&a, before_a, d_a, x0, x1, x2, x3);
            before_a = d_a[3];
            let d_b = pixels(d + o1);
            add(&b, before_b, d_b, x0, x1, x2, x3);
            before_b = d_b[3];
            let d_c = pixels(d + o2);
            add(&c, before_c, d_c, x0, x1, x2, x3);
            before_c = d_c[3];
        }
        row = next(row);
    }

    put(spot, output, a);
    put(spot, output + 4u, b);
    put(spot, output + 8u, c);
}
