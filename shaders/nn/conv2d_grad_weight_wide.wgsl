// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o
// Both come from conv2d_pixels, x of few channels from conv2d_columns.
// y (splits, groups, O, taps, record/4) vec4 along c
// One invocation owns 24 channels o x 16 columns (taps, c) and writes them once.
// use: lib/grid
// use: lib/conv2d_walk
// use: lib/tile_wide

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Of a tile: its first row, the vec4 of y where that begins, its first vec4 of columns among `width` of all taps.
struct Place { row: u32, at: u32, column: u32, width: u32, inside: bool }

fn put_four(place: Place, row: u32, quad: u32, rows: mat4x4<f32>) {
    let column = place.column + quad;
    if (!place.inside || column >= place.width) { return; }
    let first = place.row + row;
    let at = place.at + row * place.width + column;
    if (first < params.o) { y[at] = rows[0]; }
    if (first + 1u < params.o) { y[at + place.width] = rows[1]; }
    if (first + 2u < params.o) { y[at + 2u * place.width] = rows[2]; }
    if (first + 3u < params.o) { y[at + 3u * place.width] = rows[3]; }
}

// Where a vec4 of columns lies in x, behind a pixel; one past the last is the last.
fn behind(column: u32, group: u32) -> u32 {
    let record4 = params.record8 * 2u;
    let own = min(column, params.taps * record4 - 1u);
    let tap = own / record4;
    return tap_at(tap) + group * record4 + own % record4;
}

fn columns(r12at: u32, at: vec4<u32>) -> Columns {
    return Columns(x[r12at + at.x], x[r12at + at.y], x[r12at + at.z], x[r12at + at.w]);
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_wide(
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
    let column = unit % params.blocks * 4u;
    let at = vec4(behind(column, group), behind(column + 1u, group), behind(column + 2u, group), behind(column + 3u, group));

    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    // Channels past the last are read from the last, and not written.
    let d_group = params.d_pixel / params.groups;
    let last = d_group - 1u - panel * 6u;
    let d1 = min(1u, last);
    let d2 = min(2u, last);
    let d3 = min(3u, last);
    let d4 = min(4u, last);
    let d5 = min(5u, last);
    var walk = walk_from(first, 0u, group * d_group + panel * 6u);
    var r0: Line;
    var r4: Line;
    var r8: Line;
    var r12: Line;
    var r16: Line;
    var r20: Line;
    var p = first;
    for (; p + 2u <= end; p += 2u) {
        let then = next(walk);
        let s = columns(walk.x, at);
        let u = columns(then.x, at);
        add_two(&r0, dy[walk.d], dy[then.d], s, u);
        add_two(&r4, dy[walk.d + d1], dy[then.d + d1], s, u);
        add_two(&r8, dy[walk.d + d2], dy[then.d + d2], s, u);
        add_two(&r12, dy[walk.d + d3], dy[then.d + d3], s, u);
        add_two(&r16, dy[walk.d + d4], dy[then.d + d4], s, u);
        add_two(&r20, dy[walk.d + d5], dy[then.d + d5], s, u);
        walk = next(then);
    }
    if (p < end) {
        let s = columns(walk.x, at);
        add_one(&r0, dy[walk.d], s);
        add_one(&r4, dy[walk.d + d1], s);
        add_one(&r8, dy[walk.d + d2], s);
        add_one(&r12, dy[walk.d + d3], s);
        add_one(&r16, dy[walk.d + d4], s);
        add_one(&r20, dy[walk.d + d5], s);
    }

    let row = panel * 24u;
    let width = params.taps * params.record8 * 2u;
    let to = (((params.first_split + split) * params.groups + group) * params.o + row) * width;
    put_wide(Place(row, to, column, width, i < params.units), r0, r4, r8, r12, r16, r20);
}
