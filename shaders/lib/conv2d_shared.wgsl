// Blocks of 4 rows x 16 columns, one a subgroup of 8 lanes; lane l owns channels 4l .. 4l+3 of a panel of 32. Reads `params`, `x`,
// `bias`, writes `y`.
// use: lib/conv2d_block

fn block_of(i: u32) -> Spot {
    let unit = min(i / 8u, params.units - 1u);
    let rest = unit / params.blocks;
    let t = unit % params.blocks;
    let image = rest / (params.panels * params.groups) * params.span + t / params.tiles;
    return Spot(
        i / 8u < params.units && image < params.images,
        i % 8u,
        (rest / params.panels) % params.groups,
        rest % params.panels,
        min(image, params.images - 1u),
        (t % params.tiles) / params.across * 4u,
        (t % params.across) * 16u,
    );
}

// Two rows of the block.
fn put_quads(spot: Spot, row: u32, above: Quads, below: Quads) {
    let first = spot.lane * 4u;
    put_quad(spot, 32u, first, row, 0u, above.a, below.a);
    put_quad(spot, 32u, first, row, 4u, above.b, below.b);
    put_quad(spot, 32u, first, row, 8u, above.c, below.c);
    put_quad(spot, 32u, first, row, 12u, above.d, below.d);
}
