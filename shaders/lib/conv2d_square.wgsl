// Writes tiles of 2x4 pixels, whole or as the maxima of their 2x2 windows. Reads `params`, `bias`, writes `y` and `places`.
// use: lib/conv2d
// use: lib/activate
// use: lib/maximum

override POOL: bool = false;
override PLACES: bool = false;

// Where a tile's first channel goes, and how much of the tile lies inside.
struct Place { channel: u32, end: u32, at: u32, wide: bool, tall: bool }

fn place_of(spot: Spot, height: u32) -> Place {
    let channel = channel_of(spot, height);
    let within = select(
        spot.row * params.y_row + spot.column / 2u,
        spot.row / 2u * params.y_row + spot.column / 4u,
        POOL,
    );
    return Place(
        channel,
        spot.group * params.o + params.o,
        plane_of(spot, channel) + within,
        spot.column / 2u + 1u < params.y_row,
        spot.row + 1u < params.oh,
    );
}

fn put_row(place: Place, row: u32, above: vec4<f32>, below: vec4<f32>) {
    let channel = place.channel + row;
    if (channel >= place.end) { return; }
    var b = 0.0;
    if (params.has_bias != 0u) { b = bias[channel]; }
    let at = place.at + row * params.y_channel;
    if (POOL) {
        let sides = larger4(vec4(above.xz, below.xz), vec4(above.yw, below.yw));
        y[at] = activate(larger4(sides, sides.zwxy) + b).xy;
        if (PLACES) { places[at] = vec2<f32>(argmax_of_four(above.xzxz, above.ywyw, below.xzxz, below.ywyw).xy); }
        return;
    }
    let one = activate(above + b);
    let two = activate(below + b);
    y[at] = one.xy;
    if (place.wide) { y[at + 1u] = one.zw; }
    if (place.tall) { y[at + params.y_row] = two.xy; }
    if (place.tall && place.wide) { y[at + params.y_row + 1u] = two.zw; }
}
