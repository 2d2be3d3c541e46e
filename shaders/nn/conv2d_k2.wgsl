// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (2x2 taps)
//
// x as conv2d_pad makes it, vec4 along w    weight packed (groups, panels, k, 16/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One invocation owns 16 channels x 2x4 pixels of y and writes them once; 8 neighbours share the channels.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// use: lib/grid
// use: lib/activation
// use: lib/tile16

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
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;
override ACTIVATION: u32 = 0;
override POOL: bool = false;

fn rows(at: u32) -> Rows {
    return Rows(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]);
}

// Where a tile's first channel goes, and how much of the tile lies inside.
struct Place { channel: u32, end: u32, at: u32, wide: bool, tall: bool }

// The larger of two; NaN if one is.
fn larger(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return select(a, b, (b > a) | (b != b));
}

fn put_row(place: Place, row: u32, above: vec4<f32>, below: vec4<f32>) {
    let channel = place.channel + row;
    if (channel >= place.end) { return; }
    var b = 0.0;
    if (params.has_bias != 0u) { b = bias[channel]; }
    let at = place.at + row * params.y_channel;
    if (POOL) {
        let most = larger(larger(above.xz, above.yw), larger(below.xz, below.yw));
        y[at] = activate(ACTIVATION, params.slope, vec4(most + b, 0.0, 0.0)).xy;
        return;
    }
    let one = activate(ACTIVATION, params.slope, above + b);
    let two = activate(ACTIVATION, params.slope, below + b);
    y[at] = one.xy;
    if (place.wide) { y[at + 1u] = one.zw; }
    if (place.tall) { y[at + params.y_row] = two.xy; }
    if (place.tall && place.wide) { y[at + params.y_row + 1u] = two.zw; }
}

fn put(place: Place, row: u32, left: mat4x4<f32>, right: mat4x4<f32>) {
    put_row(place, row, left[0], right[0]);
    put_row(place, row + 1u, left[1], right[1]);
    put_row(place, row + 2u, left[2], right[2]);
    put_row(place, row + 3u, left[3], right[3]);
}

@compute @workgroup_size(WG)
fn conv2d_k2(
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
    let row = (t % params.tiles) / params.across * 2u;
    let column = (t % params.across) * 4u;

    var xi = image * params.x_image + group * params.c * params.x_channel + row * params.x_row + column / 4u;
    var wi = (group * params.panels + panel) * params.k * 4u;
    var tile: Tile;
    for (var c = 0u; c < params.c; c++) {
        let a = x[xi];                       let a4 = x[xi + 1u].x;
        let b = x[xi + params.x_row];        let b4 = x[xi + params.x_row + 1u].x;
        let d = x[xi + 2u * params.x_row];   let d4 = x[xi + 2u * params.x_row + 1u].x;
        let b_next = vec4(b.yzw, b4);
        add_outer(&tile, rows(wi), a, b);
        add_outer(&tile, rows(wi + 4u), vec4(a.yzw, a4), b_next);
        add_outer(&tile, rows(wi + 8u), b, d);
        add_outer(&tile, rows(wi + 12u), b_next, vec4(d.yzw, d4));
        xi += params.x_channel;
        wi += 16u;
    }

    if (!inside) { return; }
    let channel = group * params.o + panel * 16u;
    let plane = (image * params.groups * params.o + channel) * params.y_channel;
    let at = plane + select(row * params.y_row + column / 2u, row / 2u * params.y_row + column / 4u, POOL);
    let place = Place(channel, group * params.o + params.o, at, column / 2u + 1u < params.y_row, row + 1u < params.oh);
    put(place, 0u, tile.l0, tile.r0);
    put(place, 4u, tile.l1, tile.r1);
    put(place, 8u, tile.l2, tile.r2);
    put(place, 12u, tile.l3, tile.r3);
}
