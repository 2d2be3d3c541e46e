// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o
// Both come from conv2d_pixels, x of few channels from conv2d_columns.
// y (splits, groups, O, taps, record/4) vec4 along c
// One lane owns 32 channels o x 8 channels c of a tap and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the 32:
// lane l loads the l-th vec4 of a pixel's dy, and broadcasts hand it to all. Admitted on processors with subgroups of 8.
// use: lib/grid
// use: lib/conv2d_walk
// use: lib/tile

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Place { row: u32, at: u32, inside: bool }

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    if (!place.inside || place.row + row >= params.o) { return; }
    let at = place.at + row * params.taps * params.record8 * 2u;
    y[at] = left;
    y[at + 1u] = right;
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_cpu(
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
    let all = params.taps * params.record8;
    let own = (unit % params.blocks) * 8u + lane;
    let column = min(own, all - 1u);

    let tap = column / params.record8;
    let behind = tap_at(tap);
    let mine = group * params.record8 * 2u + column % params.record8 * 2u + behind;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    let d_group = group * (params.d_pixel / params.groups) + min(panel * 8u + lane, params.d_pixel / params.groups - 1u);
    var walk = walk_from(first, mine, d_group);
    var tile: Tile;
    var p = first;
    for (; p + 4u <= end; p += 4u) {
        let w0 = walk;
        let w1 = next(w0);
        let w2 = next(w1);
        let w3 = next(w2);
        add_outer4(
            &tile, dy[w0.d], dy[w1.d], dy[w2.d], dy[w3.d],
            mat4x4<f32>(x[w0.x], x[w1.x], x[w2.x], x[w3.x]),
            mat4x4<f32>(x[w0.x + 1u], x[w1.x + 1u], x[w2.x + 1u], x[w3.x + 1u]),
        );
        walk = next(w3);
    }
    for (; p < end; p++) {
        add_outer(&tile, dy[walk.d], x[walk.x], x[walk.x + 1u]);
        walk = next(walk);
    }

    let row = panel * 32u;
    let at = (((params.first_split + split) * params.groups + group) * params.o + row) * all * 2u + own * 2u;
    let place = Place(row, at, i / 8u < params.units && own < all);
    put_tile(place, &tile);
}
