// y[s, g, o, c, (i, j)] = sum over the split's pixels p = (n, h, w) of dy[n, g, o, h, w] * x[n, g, c, h - top + i, w + j]   (2x2 taps)
//
// x (N,groups,C,H,W/4) vec4 along w    dy (N,groups,O,OH,W/4) vec4 along w    y (splits,groups,O,C) vec4 of the taps
// The 8 lanes of a subgroup own 32 outputs x 16 channels, each lane 4 of the outputs, and write them once. The lanes load x's rows
// together and broadcasts hand them round; dy is each lane's own. Admitted on processors with subgroups of 8.
// use: lib/grid
// use: lib/conv2d_rows

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Four outputs' sums, a matrix a channel.
struct Tile {
    t0: mat4x4<f32>, t1: mat4x4<f32>, t2: mat4x4<f32>, t3: mat4x4<f32>,
    t4: mat4x4<f32>, t5: mat4x4<f32>, t6: mat4x4<f32>, t7: mat4x4<f32>,
    t8: mat4x4<f32>, t9: mat4x4<f32>, t10: mat4x4<f32>, t11: mat4x4<f32>,
    t12: mat4x4<f32>, t13: mat4x4<f32>, t14: mat4x4<f32>, t15: mat4x4<f32>,
}

// Four pixels of an upper and a lower row.
struct Quad { upper: vec4<f32>, lower: vec4<f32> }

fn load(row: Row, at: u32) -> Quad {
    return Quad(
        select(vec4(0.0), x[row.upper + at], row.has_upper), select(vec4(0.0), x[row.lower + at], row.has_lower),
    );
}

// tile += four pixels of dy, and the one before, x the pixels under their taps; `near` and `far` are this lane's of channels 0 .. 7
// and 8 .. 15.
fn add(t: ptr<function, Tile>, before: vec4<f32>, dy: mat4x4<f32>, near: Quad, far: Quad) {
    var u: vec4<f32>; var l: vec4<f32>;
    u = subgroupBroadcast(near.upper, 0u); l = subgroupBroadcast(near.lower, 0u);
    (*t).t0 = add_taps((*t).t0, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 1u); l = subgroupBroadcast(near.lower, 1u);
    (*t).t1 = add_taps((*t).t1, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 2u); l = subgroupBroadcast(near.lower, 2u);
    (*t).t2 = add_taps((*t).t2, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 3u); l = subgroupBroadcast(near.lower, 3u);
    (*t).t3 = add_taps((*t).t3, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 4u); l = subgroupBroadcast(near.lower, 4u);
    (*t).t4 = add_taps((*t).t4, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 5u); l = subgroupBroadcast(near.lower, 5u);
    (*t).t5 = add_taps((*t).t5, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 6u); l = subgroupBroadcast(near.lower, 6u);
    (*t).t6 = add_taps((*t).t6, before, dy, u, l);
    u = subgroupBroadcast(near.upper, 7u); l = subgroupBroadcast(near.lower, 7u);
    (*t).t7 = add_taps((*t).t7, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 0u); l = subgroupBroadcast(far.lower, 0u);
    (*t).t8 = add_taps((*t).t8, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 1u); l = subgroupBroadcast(far.lower, 1u);
    (*t).t9 = add_taps((*t).t9, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 2u); l = subgroupBroadcast(far.lower, 2u);
    (*t).t10 = add_taps((*t).t10, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 3u); l = subgroupBroadcast(far.lower, 3u);
    (*t).t11 = add_taps((*t).t11, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 4u); l = subgroupBroadcast(far.lower, 4u);
    (*t).t12 = add_taps((*t).t12, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 5u); l = subgroupBroadcast(far.lower, 5u);
    (*t).t13 = add_taps((*t).t13, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 6u); l = subgroupBroadcast(far.lower, 6u);
    (*t).t14 = add_taps((*t).t14, before, dy, u, l);
    u = subgroupBroadcast(far.upper, 7u); l = subgroupBroadcast(far.lower, 7u);
    (*t).t15 = add_taps((*t).t15, before, dy, u, l);
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_k2_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let lane = i % 8u;
    let spot = spot_of(i / 8u);
    let channel = spot.block * 16u;
    let near = channel_at(channel + lane);
    let far = channel_at(channel + lane + 8u);
    let output = spot.panel * 32u + lane * 4u;
    let d0 = output_at(output);
    let d1 = output_at(output + 1u);
    let d2 = output_at(output + 2u);
    let d3 = output_at(output + 3u);
    var t: Tile;
    var row = row_of(spot.first, spot.group);
    for (var r = spot.first; r < spot.end; r++) {
        var before = vec4(0.0);
        // Not up to a uniform: lavapipe would compile the kernel again at every dispatch, for that number.
        for (var d = row.d; d < row.d + params.w4; d++) {
            let q = d - row.d;
            let quad = transpose(mat4x4<f32>(dy[d + d0], dy[d + d1], dy[d + d2], dy[d + d3]));
            add(&t, before, quad, load(row, near + q), load(row, far + q));
            before = quad[3];
        }
        row = next(row);
    }

    put_taps(spot, output, channel, t.t0);
    put_taps(spot, output, channel + 1u, t.t1);
    put_taps(spot, output, channel + 2u, t.t2);
    put_taps(spot, output, channel + 3u, t.t3);
    put_taps(spot, output, channel + 4u, t.t4);
    put_taps(spot, output, channel + 5u, t.t5);
    put_taps(spot, output, channel + 6u, t.t6);
    put_taps(spot, output, channel + 7u, t.t7);
    put_taps(spot, output, channel + 8u, t.t8);
    put_taps(spot, output, channel + 9u, t.t9);
    put_taps(spot, output, channel + 10u, t.t10);
    put_taps(spot, output, channel + 11u, t.t11);
    put_taps(spot, output, channel + 12u, t.t12);
    put_taps(spot, output, channel + 13u, t.t13);
    put_taps(spot, output, channel + 14u, t.t14);
    put_taps(spot, output, channel + 15u, t.t15);
}
