// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o, both from conv2d_columns
// y (splits, groups, O, taps, record/4) vec4 along c
// One invocation owns 16 channels o x 8 channels c of a tap and writes them once.
// use: lib/grid
// use: lib/tile16

struct Params {
    o: u32, panels: u32, groups: u32, taps: u32, kernel_w: u32,
    record8: u32, blocks: u32, splits: u32, units: u32,  // tiles of a tap, of all taps, all units
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

// Rows past the last are read from the last, and not written.
fn rows(at: u32, last: u32) -> Rows {
    return Rows(dy[at], dy[at + min(1u, last)], dy[at + min(2u, last)], dy[at + min(3u, last)]);
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let unit = min(i, params.units - 1u);
    var rest = unit / params.blocks;
    let panel = rest % params.panels;
    rest /= params.panels;
    let group = rest % params.groups;
    let split = rest / params.groups;
    let all = params.taps * params.record8;
    let own = unit % params.blocks;

    let tap = own / params.record8;
    let behind = tap / params.kernel_w * params.tap_h + tap % params.kernel_w * params.tap_w;
    let mine = group * params.record8 * 2u + own % params.record8 * 2u + behind;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    let w = first % params.ow;
    let h = first / params.ow % params.oh;
    let image = first / (params.ow * params.oh);
    let d_group = group * (params.d_pixel / params.groups) + panel * 4u;
    let last = params.d_pixel / params.groups - 1u - panel * 4u;
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
            &tile, rows(w0.d, last), rows(w1.d, last), rows(w2.d, last), rows(w3.d, last),
            mat4x4<f32>(x[w0.x], x[w1.x], x[w2.x], x[w3.x]),
            mat4x4<f32>(x[w0.x + 1u], x[w1.x + 1u], x[w2.x + 1u], x[w3.x + 1u]),
        );
        walk = next(w3);
    }
    for (; p < end; p++) {
        add_outer(&tile, rows(walk.d, last), x[walk.x], x[walk.x + 1u]);
        walk = next(walk);
    }

    let row = panel * 16u;
    let at = (((params.first_split + split) * params.groups + group) * params.o + row) * all * 2u + own * 2u;
    let place = Place(row, at, i < params.units);
    put_tile(place, &tile);
}
