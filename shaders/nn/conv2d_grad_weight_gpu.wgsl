// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h * step_h + i, w * step_w + j, g, c]
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o
// Both come from conv2d_pixels, x of few channels from conv2d_columns.
// y (splits, groups, O, taps, record/4) vec4 along c
// One workgroup owns 64 channels o x 64 columns (taps, c), one invocation 8 x 8 of them, and writes them once.
// use: lib/grid
// use: lib/conv2d_walk
// use: lib/tile_gpu_rows

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

// Of a workgroup's tile, and of an invocation's columns `left` and `left + 8`, in vec4s among `width` of all taps.
struct Place { row: u32, at: u32, left: u32, width: u32 }

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    if (place.row + row >= params.o) { return; }
    let at = place.at + row * place.width + place.left;
    if (place.left < place.width) { y[at] = left; }
    if (place.left + 8u < place.width) { y[at + 8u] = right; }
}

// Neighbours load neighbours of a pixel; pixels past `end` and channels past the last are 0. What is not inside is read from
// anywhere and dropped.
fn d_row(p: u32, end: u32, start: u32, height: u32, i: u32) -> vec4<f32> {
    let pixel = p + i / 16u;
    return select(vec4(0.0), dy[pixel * params.d_pixel + start + i % 16u], pixel < end && i % 16u < height);
}

fn load_rows(p: u32, end: u32, start: u32, height: u32, lid: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        d_row(p, end, start, height, lid), d_row(p, end, start, height, lid + 64u),
        d_row(p, end, start, height, lid + 128u), d_row(p, end, start, height, lid + 192u),
    );
}

fn x_at(walk: Walk, inside: bool) -> vec4<f32> {
    return select(vec4(0.0), x[walk.x], inside);
}

// Four pixels of a vec4 of columns.
fn load_columns(first: u32, end: u32, behind: u32, inside: bool, lid: u32) -> mat4x4<f32> {
    let p = first + lid / 16u * 4u;
    let w0 = walk_from(p, behind, 0u);
    let w1 = next(w0);
    let w2 = next(w1);
    let w3 = next(w2);
    return mat4x4<f32>(
        x_at(w0, inside && p < end), x_at(w1, inside && p + 1u < end),
        x_at(w2, inside && p + 2u < end), x_at(w3, inside && p + 3u < end),
    );
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_gpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Past the end a workgroup works on a tile that is there.
    let unit = min(flat_group(wg, groups), params.units - 1u);
    let block = unit % params.blocks;
    var rest = unit / params.blocks;
    let panel = rest % params.panels;
    rest /= params.panels;
    let group = rest % params.groups;
    let split = rest / params.groups;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);

    // The vec4 of columns that this invocation loads: a tap, and four of its channels.
    let record4 = params.record8 * 2u;
    let width = params.taps * record4;
    let column = block * 16u + lid % 16u;
    let tap = column / record4;
    let behind = tap_at(tap) + group * record4 + column % record4;
    let d_group = params.d_pixel / params.groups;
    let start = group * d_group + panel * 16u;
    var tile: Tile;
    let height = d_group - panel * 16u;
    // The next pixels are under way while these are multiplied.
    var loaded = Loaded(load_rows(first, end, start, height, lid), load_columns(first, end, behind, column < width, lid));
    for (var p = first; p < end; p += STEPS) {
        keep_rows(lid, loaded.rows);
        keep_columns(lid, loaded.columns);
        workgroupBarrier();
        let next = p + STEPS;
        loaded = Loaded(load_rows(next, end, start, height, lid), load_columns(next, end, behind, column < width, lid));
        multiply(&tile, lid);
        workgroupBarrier();
    }

    if (flat_group(wg, groups) >= params.units) { return; }
    let row = panel * ROWS;
    let at = (((params.first_split + split) * params.groups + group) * params.o + row) * width;
    put_tile(Place(row, at, block * 16u + lid % 8u, width), &tile, lid);
}
