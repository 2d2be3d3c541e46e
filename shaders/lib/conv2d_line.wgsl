// Reads and writes tiles of 8 neighbours in a row, for any taps. Reads `params`, `x`, `bias`, writes `y`.
// use: lib/conv2d
// use: lib/activate
// use: lib/shift

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

fn place_of(spot: Spot, height: u32) -> Place {
    let channel = channel_of(spot, height);
    return Place(
        channel,
        spot.group * params.o + params.o,
        plane_of(spot, channel) + spot.row * params.y_row + spot.column / 2u,
        params.y_row - spot.column / 2u,
    );
}

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    let channel = place.channel + row;
    if (channel >= place.end) { return; }
    var b = 0.0;
    if (params.has_bias != 0u) { b = bias[channel]; }
    let at = place.at + row * params.y_channel;
    let l = activate(left + b);
    let r = activate(right + b);
    y[at] = l.xy;
    if (place.width > 1u) { y[at + 1u] = l.zw; }
    if (place.width > 2u) { y[at + 2u] = r.xy; }
    if (place.width > 3u) { y[at + 3u] = r.zw; }
}
