// y[s, o, c, (i, j)] = sum over the split's windows (n, d, h, w) of dy[n, o, d, h, w] * x[n, c, d, 2 h + i, 2 w + j]
//
// x (N,C,D,2H,2W/4) vec4 along w    dy (N,O,D,H,W/4) vec4 along w    y (splits,O,C) vec4 of taps (0,0), (0,1), (1,0), (1,1)
// One invocation owns 8 channels o x 4 channels c and writes them once.
// use: lib/patch_runs

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// A large channel's sums with eight small ones.
struct Sums { upper: mat4x4<f32>, lower: mat4x4<f32> }

// Four windows of eight small channels.
struct Small { d0: vec4<f32>, d1: vec4<f32>, d2: vec4<f32>, d3: vec4<f32>, d4: vec4<f32>, d5: vec4<f32>, d6: vec4<f32>, d7: vec4<f32> }

fn add(sums: ptr<function, Sums>, pixels: mat4x4<f32>, d: Small) {
    (*sums).upper = add_taps((*sums).upper, pixels, d.d0, d.d1, d.d2, d.d3);
    (*sums).lower = add_taps((*sums).lower, pixels, d.d4, d.d5, d.d6, d.d7);
}

@compute @workgroup_size(WG)
fn conv2d_patch_grad_weight(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), 8u, 4u);
    let c0 = large_at(spot.c);
    let c1 = large_at(spot.c + 1u);
    let c2 = large_at(spot.c + 2u);
    let c3 = large_at(spot.c + 3u);
    let o0 = small_at(spot.o);
    let o1 = small_at(spot.o + 1u);
    let o2 = small_at(spot.o + 2u);
    let o3 = small_at(spot.o + 3u);
    let o4 = small_at(spot.o + 4u);
    let o5 = small_at(spot.o + 5u);
    let o6 = small_at(spot.o + 6u);
    let o7 = small_at(spot.o + 7u);
    var walk = walk_from(spot.first);
    var s0: Sums;
    var s1: Sums;
    var s2: Sums;
    var s3: Sums;
    for (var q = spot.first; q < spot.end; q++) {
        let at = walk.d;
        let d = Small(dy[at + o0], dy[at + o1], dy[at + o2], dy[at + o3], dy[at + o4], dy[at + o5], dy[at + o6], dy[at + o7]);
        add(&s0, under(walk.x + c0), d);
        add(&s1, under(walk.x + c1), d);
        add(&s2, under(walk.x + c2), d);
        add(&s3, under(walk.x + c3), d);
        walk = next(walk);
    }

    if (!spot.inside) { return; }
    put_taps(spot, spot.o, spot.c, s0.upper);
    put_taps(spot, spot.o + 4u, spot.c, s0.lower);
    put_taps(spot, spot.o, spot.c + 1u, s1.upper);
    put_taps(spot, spot.o + 4u, spot.c + 1u, s1.lower);
    put_taps(spot, spot.o, spot.c + 2u, s2.upper);
    put_taps(spot, spot.o + 4u, spot.c + 2u, s2.lower);
    put_taps(spot, spot.o, spot.c + 3u, s3.upper);
    put_taps(spot, spot.o + 4u, spot.c + 3u, s3.lower);
}
