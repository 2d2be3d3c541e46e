// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (the taps of table `offsets`)
// With POOL the maximum of each 2x2 window of it; with PLACES also which of the window's four it was, as max_pool2d_places does.
//
// x as conv2d_pad makes it    weight packed (groups, panels, k, 64/4) vec4 along o    y (N,O,OH,OW) or (N,O,OH/2,OW/2)
// One workgroup owns 64 channels x 64 pixels, of one image after the other; one invocation owns 8 x 8 of them, and writes them or their
// maxima once. A column of the tile is a pixel: 64 in order, or with POOL 16 windows, a corner a slot.
// use: lib/grid
// use: lib/activate
// use: lib/maximum
// use: lib/tile_gpu

struct Params {
    k: u32, o: u32, panels: u32, groups: u32,            // channels x taps and outputs of one group
    count: u32, spots: u32, across: u32,                 // spots are pixels or windows of y: of all images, of one, of a row
    depth: u32,                                          // images of a volume, 1 where there are none
    units: u32,                                          // blocks of pixels x groups x panels
    x_first: u32, x_volume: u32, x_slice: u32, x_group: u32, x_row: u32,  // elements
    y_first: u32, has_bias: u32, slope: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> offsets: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> places: array<f32>;

override POOL: bool = false;
override PLACES: bool = false;

// The spot of a slot's column, among those of all images.
fn spot_of(block: u32, slot: u32) -> u32 {
    return select(block * 64u + slot, block * 16u + slot % 16u, POOL);
}

// Where a slot's window begins in the first channel of x. Past the last spot that is the last one's.
fn x_of(block: u32, slot: u32) -> u32 {
    let spot = min(spot_of(block, slot), params.count - 1u);
    let within = spot % params.spots;
    var h = within / params.across;
    var w = within % params.across;
    if (POOL) {
        h = 2u * h + slot / 32u;
        w = 2u * w + slot / 16u % 2u;
    }
    let image = spot / params.spots;
    return params.x_first + image / params.depth * params.x_volume + image % params.depth * params.x_slice + h * params.x_row + w;
}

fn weight_at(weights: u32, k: u32, i: u32) -> vec4<f32> {
    return select(vec4(0.0), weight[weights + k * (ROWS / 4u) + i], k + i / 16u < params.k);
}

fn pixels_at(start: u32, k: u32) -> vec4<f32> {
    let at = start + offsets[k / 4u];
    return select(vec4(0.0), vec4(x[at.x], x[at.y], x[at.z], x[at.w]), k + vec4(0u, 1u, 2u, 3u) < vec4(params.k));
}

// Neighbours load neighbours; taps past the last are 0. What is not inside is read from anywhere and dropped.
fn load(weights: u32, start: u32, k: u32, lid: u32) -> Loaded {
    return Loaded(
        mat4x4<f32>(
            weight_at(weights, k, lid), weight_at(weights, k, lid + 64u),
            weight_at(weights, k, lid + 128u), weight_at(weights, k, lid + 192u),
        ),
        mat4x4<f32>(pixels_at(start, k), pixels_at(start, k + 4u), pixels_at(start, k + 8u), pixels_at(start, k + 12u)),
    );
}

fn hand_over(loaded: Loaded, lid: u32) {
    keep_rows(lid, loaded.rows);
    sh_columns[lid] = loaded.columns[0];
    sh_columns[lid + 64u] = loaded.columns[1];
    sh_columns[lid + 128u] = loaded.columns[2];
    sh_columns[lid + 192u] = loaded.columns[3];
}

// Four channels of a spot: `channel` is the first of them in its group, `place` where each one's maximum was.
fn put_spot(spot: u32, group: u32, channel: u32, sums: vec4<f32>, place: vec4<u32>) {
    if (spot >= params.count) { return; }
    let last = params.o - 1u;
    let first = group * params.o;
    let four = min(channel + vec4(0u, 1u, 2u, 3u), vec4(last));
    var b = vec4(0.0);
    if (params.has_bias != 0u) { b = vec4(bias[first + four.x], bias[first + four.y], bias[first + four.z], bias[first + four.w]); }
    let values = activate(sums + b);
    let image = spot / params.spots;
    let volume = image / params.depth * params.groups * params.o + first + channel;
    let step = params.depth * params.spots;
    let at = params.y_first + volume * step + image % params.depth * params.spots + spot % params.spots;
    if (channel <= last) { y[at] = values.x; }
    if (channel + 1u <= last) { y[at + step] = values.y; }
    if (channel + 2u <= last) { y[at + 2u * step] = values.z; }
    if (channel + 3u <= last) { y[at + 3u * step] = values.w; }
    if (!PLACES) { return; }
    let number = vec4<f32>(place);
    if (channel <= last) { places[at] = number.x; }
    if (channel + 1u <= last) { places[at + step] = number.y; }
    if (channel + 2u <= last) { places[at + 2u * step] = number.z; }
    if (channel + 3u <= last) { places[at + 3u * step] = number.w; }
}

fn put_slots(block: u32, column: u32, group: u32, channel: u32, sums: mat4x4<f32>) {
    let spot = spot_of(block, column);
    if (POOL) {
        let most = larger4(larger4(sums[0], sums[1]), larger4(sums[2], sums[3]));
        put_spot(spot, group, channel, most, argmax_of_four(sums[0], sums[1], sums[2], sums[3]));
        return;
    }
    put_spot(spot, group, channel, sums[0], vec4(0u));
    put_spot(spot + 16u, group, channel, sums[1], vec4(0u));
    put_spot(spot + 32u, group, channel, sums[2], vec4(0u));
    put_spot(spot + 48u, group, channel, sums[3], vec4(0u));
}

@compute @workgroup_size(WG)
fn conv2d_gpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    // Past the end a workgroup works on a tile that is there.
    let unit = min(flat_group(wg, groups), params.units - 1u);
    let panel = unit % params.panels;
    let group = unit / params.panels % params.groups;
    let block = unit / (params.panels * params.groups);
    let weights = (group * params.panels + panel) * params.k * (ROWS / 4u);
    let start = x_of(block, lid) + group * params.x_group;
    var tile: Tile;
    // The next steps are under way while these are multiplied.
    var loaded = load(weights, start, 0u, lid);
    for (var k = 0u; k < params.k; k += STEPS) {
        hand_over(loaded, lid);
        workgroupBarrier();
        loaded = load(weights, start, k + STEPS, lid);
        multiply(&tile, lid);
        workgroupBarrier();
    }

    if (flat_group(wg, groups) >= params.units) { return; }
    let channel = panel * ROWS + lid / 8u * 4u;
    let near = lid % 8u;
    put_slots(block, near, group, channel, tile.un);
    put_slots(block, near + 8u, group, channel, tile.uf);
    put_slots(block, near, group, channel + 32u, tile.ln);
    put_slots(block, near + 8u, group, channel + 32u, tile.lf);
}
