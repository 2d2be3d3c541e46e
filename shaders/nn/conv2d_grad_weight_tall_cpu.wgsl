// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o
// Both come from conv2d_pixels, x of few channels from conv2d_columns.
// y (splits, groups, O, taps, record/4) vec4 along c
// One lane owns 64 channels o x 4 channels c of a tap and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the 64:
// lane l loads two vec4s of a pixel's dy, and broadcasts hand them to all. Admitted on processors with subgroups of 8.
// use: lib/grid
// use: lib/conv2d_walk
// use: lib/tile_tall

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Place { row: u32, at: u32, inside: bool }

fn put_left(place: Place, row: u32, left: vec4<f32>) {
    if (!place.inside || place.row + row >= params.o) { return; }
    y[place.at + row * params.taps * params.record8 * 2u] = left;
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_tall_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let lane = i % 8u;
    let unit = min(i / 8u, params.units - 1u);
    var rest = unit / params.blocks;
    let panel = rest % params.panels;
    rest /= params.panels;
    let group = rest % params.groups;
    let split = rest / params.groups;
    let record4 = params.record8 * 2u;
    let all = params.taps * record4;
    let own = (unit % params.blocks) * 8u + lane;
    let column = min(own, all - 1u);

    let tap = column / record4;
    let behind = tap_at(tap);
    let mine = group * record4 + column % record4 + behind;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    // Channels past the last are read from the last, and not written.
    let d_last = params.d_pixel / params.groups - 1u;
    let d_first = min(panel * 16u + lane, d_last);
    let far = min(panel * 16u + lane + 8u, d_last) - d_first;
    var walk = walk_from(first, mine, group * (d_last + 1u) + d_first);
    var t: Tall;
    var p = first;
    for (; p + 4u <= end; p += 4u) {
        let w0 = walk;
        let w1 = next(w0);
        let w2 = next(w1);
        let w3 = next(w2);
        add_tall4(
            &t, Mine(dy[w0.d], dy[w0.d + far]), Mine(dy[w1.d], dy[w1.d + far]), Mine(dy[w2.d], dy[w2.d + far]),
            Mine(dy[w3.d], dy[w3.d + far]), mat4x4<f32>(x[w0.x], x[w1.x], x[w2.x], x[w3.x]),
        );
        walk = next(w3);
    }
    for (; p < end; p++) {
        add_tall(&t, Mine(dy[walk.d], dy[walk.d + far]), x[walk.x]);
        walk = next(walk);
    }

    let row = panel * 64u;
    let at = (((params.first_split + split) * params.groups + group) * params.o + row) * all + own;
    put_tall(Place(row, at, i / 8u < params.units && own < all), &t);
}
