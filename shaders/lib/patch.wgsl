// What convolutions share whose windows are 2x2 and do not overlap: their parameters, and which tile an invocation owns. Reads `params`.
// An image is a slice of a volume; `small` ones have a pixel a window.
// use: lib/grid

struct Params {
    c: u32, o: u32,             // channels of the large images, of the small ones
    units: u32, panels: u32,    // of all; tiles of channels
    blocks: u32,                // tiles of the small image's vec4s
    small4: u32, w4: u32,       // vec4s of a small image, of its row
    depth: u32,                 // images of a volume
    large_first: u32, small_first: u32,  // vec4s before the first image
    has_bias: u32, slope: f32,
}

// A tile's vec4s of a small image, and which of them lie inside. Past the end an invocation works on a tile that is there.
struct Spot { inside: bool, lane: u32, panel: u32, volume: u32, slice: u32, first: u32 }

// The tile of invocation i, `width` vec4s a subgroup of eight.
fn spot_of(i: u32, width: u32) -> Spot {
    let unit = min(i / 8u, params.units - 1u);
    let image = unit / (params.blocks * params.panels);
    return Spot(
        i / 8u < params.units, i % 8u, unit % params.panels, image / params.depth, image % params.depth,
        unit / params.panels % params.blocks * width,
    );
}

// Where an image of a channel begins, `size` vec4s each, `channels` of them in a volume.
fn image_of(spot: Spot, channels: u32, channel: u32, size: u32) -> u32 {
    return ((spot.volume * channels + min(channel, channels - 1u)) * params.depth + spot.slice) * size;
}

// Where in a large image the pair of vec4s lies that is above the window of the first pixel of vec4 q.
fn above(q: u32) -> u32 {
    return (q / params.w4 * 2u * params.w4 + q % params.w4) * 2u;
}
