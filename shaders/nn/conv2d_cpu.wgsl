// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (the taps of table `offsets`)
//
// x as conv2d_pad makes it, vec4 along w    weight packed (groups, panels, k, 32/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One lane owns 32 channels x 8 neighbours of a row of y and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the
// channels: lane l loads the l-th vec4 of a tap's 32 weights, and broadcasts hand it to all. Admitted where the subgroup size is 8.
// use: lib/grid
// use: lib/activation
// use: lib/tile
// use: lib/shift

struct Params {
    c: u32, k: u32, o: u32, panels: u32, groups: u32,   // channels, channels x taps and outputs of one group
    images: u32, span: u32,                            // images, and how many of them share a line of tiles
    tiles: u32, across: u32, blocks: u32, units: u32,  // tiles of an image, of a row; blocks of 8 tiles in a line; all units
    x_image: u32, x_channel: u32, x_row: u32,          // vec4s
    y_channel: u32, y_row: u32, oh: u32,               // vec2s; y_row of the row that is written
    has_bias: u32, slope: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> offsets: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;
override ACTIVATION: u32 = 0;

// The pixels under one tap.
struct Columns { left: vec4<f32>, right: vec4<f32> }

fn columns(start: u32, offset: u32) -> Columns {
    let at = start + offset / 4u;
    let by = offset % 4u;
    let middle = x[at + 1u];
    return Columns(shifted(x[at], middle, by), shifted(middle, x[at + 2u], by));
}

// Where a tile's first channel goes, and how much of the tile lies inside.
struct Place { channel: u32, end: u32, at: u32, width: u32 }

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    let channel = place.channel + row;
    if (channel >= place.end) { return; }
    var b = 0.0;
    if (params.has_bias != 0u) { b = bias[channel]; }
    let at = place.at + row * params.y_channel;
    let l = activate(ACTIVATION, params.slope, left + b);
    let r = activate(ACTIVATION, params.slope, right + b);
    y[at] = l.xy;
    if (place.width > 1u) { y[at + 1u] = l.zw; }
    if (place.width > 2u) { y[at + 2u] = r.xy; }
    if (place.width > 3u) { y[at + 3u] = r.zw; }
}

fn put(place: Place, row: u32, left: mat4x4<f32>, right: mat4x4<f32>) {
    put_row(place, row, left[0], right[0]);
    put_row(place, row + 1u, left[1], right[1]);
    put_row(place, row + 2u, left[2], right[2]);
    put_row(place, row + 3u, left[3], right[3]);
}

@compute @workgroup_size(WG)
fn conv2d_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let lane = i % 8u;
    let unit = min(i / 8u, params.units - 1u);
    let line = unit / params.blocks;
    let panel = line % params.panels;
    let group = (line / params.panels) % params.groups;
    let first = line / (params.panels * params.groups) * params.span;
    let t = (unit % params.blocks) * 8u + lane;
    let inside = i / 8u < params.units && t < params.span * params.tiles && first + t / params.tiles < params.images;
    let image = min(first + t / params.tiles, params.images - 1u);
    let row = (t % params.tiles) / params.across;
    let column = (t % params.across) * 8u;

    let start = image * params.x_image + group * params.c * params.x_channel + row * params.x_row + column / 4u;
    var wi = (group * params.panels + panel) * params.k * 8u + lane;
    var tile: Tile;
    for (var k = 0u; k < params.k / 4u; k++) {
        let offset = offsets[k];
        let one = columns(start, offset.x);
        add_outer(&tile, weight[wi], one.left, one.right);
        let two = columns(start, offset.y);
        add_outer(&tile, weight[wi + 8u], two.left, two.right);
        let three = columns(start, offset.z);
        add_outer(&tile, weight[wi + 16u], three.left, three.right);
        let four = columns(start, offset.w);
        add_outer(&tile, weight[wi + 24u], four.left, four.right);
        wi += 32u;
    }
    for (var k = params.k / 4u * 4u; k < params.k; k++) {
        let last = columns(start, offsets[k / 4u][k % 4u]);
        add_outer(&tile, weight[wi], last.left, last.right);
        wi += 8u;
    }

    if (!inside) { return; }
    let channel = group * params.o + panel * 32u;
    let plane = (image * params.groups * params.o + channel) * params.y_channel;
    let place = Place(channel, group * params.o + params.o, plane + row * params.y_row + column / 2u, params.y_row - column / 2u);
    put(place, 0u, tile.l0, tile.r0);
    put(place, 4u, tile.l1, tile.r1);
    put(place, 8u, tile.l2, tile.r2);
    put(place, 12u, tile.l3, tile.r3);
    put(place, 16u, tile.l4, tile.r4);
    put(place, 20u, tile.l5, tile.r5);
    put(place, 24u, tile.l6, tile.r6);
    put(place, 28u, tile.l7, tile.r7);
}
