// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o, both from conv2d_columns
// y (splits, groups, O, taps, record/4) vec4 along c
// One lane owns 32 channels o x 8 channels c of a tap and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the 32:
// lane l loads the l-th vec4 of a pixel's dy, and broadcasts hand it to all. Admitted where the subgroup size is 8.
// use: lib/grid
// use: lib/tile

struct Params {
    o: u32, panels: u32, groups: u32, taps: u32, kernel_w: u32,
    record8: u32, blocks: u32, splits: u32, units: u32,  // lane tiles of a tap, blocks of 8 lane tiles, all units
    pixels: u32, pixels_split: u32, first_split: u32,
    oh: u32, ow: u32,
    x_image: u32, d_pixel: u32,                           // vec4s of x, of dy
    step_w: u32, step_row: u32, tap_w: u32, tap_h: u32,    // vec4s of x: to the next output pixel, row; to the next tap, row of taps
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// A walk over the output's pixels, and where they lie in x and dy.
struct Walk { x: u32, d: u32, w: u32, h: u32 }

fn next(walk: Walk) -> Walk {
    let row_ends = walk.w + 1u == params.ow;
    let image_ends = row_ends && walk.h + 1u == params.oh;
    var x = walk.x + params.step_w;
    x += select(0u, params.step_row - params.ow * params.step_w, row_ends);
    x += select(0u, params.x_image - params.oh * params.step_row, image_ends);
    let h = select(walk.h + u32(row_ends), 0u, image_ends);
    return Walk(x, walk.d + params.d_pixel, select(walk.w + 1u, 0u, row_ends), h);
}

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
    let behind = tap / params.kernel_w * params.tap_h + tap % params.kernel_w * params.tap_w;
    let mine = group * params.record8 * 2u + column % params.record8 * 2u + behind;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    let w = first % params.ow;
    let h = first / params.ow % params.oh;
    let image = first / (params.ow * params.oh);
    let d_group = group * (params.d_pixel / params.groups) + min(panel * 8u + lane, params.d_pixel / params.groups - 1u);
    var walk = Walk(
        image * params.x_image + h * params.step_row + w * params.step_w + mine,
        first * params.d_pixel + d_group,
        w, h,
    );
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
