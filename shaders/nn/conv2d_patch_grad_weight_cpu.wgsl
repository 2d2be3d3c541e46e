// y[s, o, c, (i, j)] = sum over the split's windows (n, d, h, w) of dy[n, o, d, h, w] * x[n, c, d, 2 h + i, 2 w + j]
//
// x (N,C,D,2H,2W/4) vec4 along w    dy (N,O,D,H,W/4) vec4 along w    y (splits,O,C) vec4 of taps (0,0), (0,1), (1,0), (1,1)
// One lane owns 4 channels o x 8 channels c and writes them once. The 8 lanes of a subgroup own 32 channels o and share the pixels of x:
// each loads those of one channel c, and shuffles hand them to all. Admitted on processors with subgroups of 8.
// use: lib/patch_runs

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// What a lane hands to all: the four pixels (a row) under each tap (a column) of its channel.
fn handed(pixels: mat4x4<f32>, lane: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        subgroupShuffle(pixels[0], lane), subgroupShuffle(pixels[1], lane),
        subgroupShuffle(pixels[2], lane), subgroupShuffle(pixels[3], lane),
    );
}

@compute @workgroup_size(WG)
fn conv2d_patch_grad_weight_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let spot = spot_of(i / 8u, 32u, 8u);
    let own = large_at(spot.c + i % 8u);
    let o = spot.o + i % 8u * 4u;
    let o0 = small_at(o);
    let o1 = small_at(o + 1u);
    let o2 = small_at(o + 2u);
    let o3 = small_at(o + 3u);
    var walk = walk_from(spot.first);
    var c0: mat4x4<f32>;
    var c1: mat4x4<f32>;
    var c2: mat4x4<f32>;
    var c3: mat4x4<f32>;
    var c4: mat4x4<f32>;
    var c5: mat4x4<f32>;
    var c6: mat4x4<f32>;
    var c7: mat4x4<f32>;
    for (var q = spot.first; q < spot.end; q++) {
        let pixels = under(walk.x + own);
        let d0 = dy[walk.d + o0];
        let d1 = dy[walk.d + o1];
        let d2 = dy[walk.d + o2];
        let d3 = dy[walk.d + o3];
        c0 = add_taps(c0, handed(pixels, 0u), d0, d1, d2, d3);
        c1 = add_taps(c1, handed(pixels, 1u), d0, d1, d2, d3);
        c2 = add_taps(c2, handed(pixels, 2u), d0, d1, d2, d3);
        c3 = add_taps(c3, handed(pixels, 3u), d0, d1, d2, d3);
        c4 = add_taps(c4, handed(pixels, 4u), d0, d1, d2, d3);
        c5 = add_taps(c5, handed(pixels, 5u), d0, d1, d2, d3);
        c6 = add_taps(c6, handed(pixels, 6u), d0, d1, d2, d3);
        c7 = add_taps(c7, handed(pixels, 7u), d0, d1, d2, d3);
        walk = next(walk);
    }

    if (!spot.inside) { return; }
    put_taps(spot, o, spot.c, c0);
    put_taps(spot, o, spot.c + 1u, c1);
    put_taps(spot, o, spot.c + 2u, c2);
    put_taps(spot, o, spot.c + 3u, c3);
    put_taps(spot, o, spot.c + 4u, c4);
    put_taps(spot, o, spot.c + 5u, c5);
    put_taps(spot, o, spot.c + 6u, c6);
    put_taps(spot, o, spot.c + 7u, c7);
}
