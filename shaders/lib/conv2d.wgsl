// What the tile kernels of convolution share: their parameters, and which tile an invocation owns. Reads `params`.
// use: lib/grid

struct Params {
    c: u32, k: u32, o: u32, panels: u32, groups: u32,   // channels, channels x taps and outputs of one group
    images: u32, span: u32,                            // images, slices of volumes too, and how many of them share a line of tiles
    tiles: u32, across: u32, blocks: u32, units: u32,  // tiles of an image, of a row; blocks of 8 tiles in a line; all units
    depth: u32,                                        // images of a volume, 1 where there are none
    x_first: u32, x_volume: u32, x_slice: u32, x_channel: u32, x_row: u32,  // vec4s; from where one slice's window begins to the next one's
    y_first: u32, y_channel: u32, y_slice: u32, y_row: u32, oh: u32,        // vec2s, of what is written; rows before a pool
    has_bias: u32, slope: f32,
    x_rows: u32, top: u32, left4: u32,                       // of x as it is: rows, and the border above and left (in vec4s) that is not there
}

// A tile of one image and `panel` of a group's channels. Past the end an invocation works on a tile that is there, and is not `inside`.
struct Spot { inside: bool, lane: u32, group: u32, panel: u32, image: u32, row: u32, column: u32 }

// The tile of invocation i; tiles are `size` rows x columns, and 8 neighbours share the channels.
fn spot_of(i: u32, size: vec2<u32>) -> Spot {
    let lane = i % 8u;
    let unit = min(i / 8u, params.units - 1u);
    let rest = unit / params.blocks;
    let first = rest / (params.panels * params.groups) * params.span;
    let t = (unit % params.blocks) * 8u + lane;
    let image = first + t / params.tiles;
    return Spot(
        i / 8u < params.units && t < params.span * params.tiles && image < params.images,
        lane,
        (rest / params.panels) % params.groups,
        rest % params.panels,
        min(image, params.images - 1u),
        (t % params.tiles) / params.across * size.x,
        (t % params.across) * size.y,
    );
}

// The vec4 of x where an image begins in the group's first channel.
fn image_of(spot: Spot) -> u32 {
    return params.x_first + spot.image / params.depth * params.x_volume + spot.image % params.depth * params.x_slice
        + spot.group * params.c * params.x_channel;
}

// The vec4 of x at a tile's top left, in the group's first channel.
fn x_of(spot: Spot) -> u32 {
    return image_of(spot) + spot.row * params.x_row + spot.column / 4u;
}

// The first weight of a tile's channels, `width` vec4s a tap.
fn weight_of(spot: Spot, width: u32) -> u32 {
    return (spot.group * params.panels + spot.panel) * params.k * width;
}

// The first channel of a tile `height` channels high, among all groups.
fn channel_of(spot: Spot, height: u32) -> u32 {
    return spot.group * params.o + spot.panel * height;
}

// The vec2 of y where a channel's plane begins.
fn plane_of(spot: Spot, channel: u32) -> u32 {
    return params.y_first + (spot.image / params.depth * params.groups * params.o + channel) * params.y_channel
        + spot.image % params.depth * params.y_slice;
}
