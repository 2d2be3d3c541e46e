// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o
// Both come from conv2d_pixels, x of few channels from conv2d_columns.
// y (splits, groups, O, taps, record/4) vec4 along c
// One invocation owns 16 channels o x 8 channels c of a tap and writes them once.
// use: lib/grid
// use: lib/conv2d_walk
// use: lib/tile16

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
    let behind = tap_at(tap);
    let mine = group * params.record8 * 2u + own % params.record8 * 2u + behind;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    let d_group = group * (params.d_pixel / params.groups) + panel * 4u;
    let last = params.d_pixel / params.groups - 1u - panel * 4u;
    var walk = walk_from(first, mine, d_group);
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
