// What an invocation has that owns 8 channels x 4x8 pixels: quads a and b of the first four channels, and c and d of the others.
// use: lib/conv2d_block

// Writes two rows of quads.
fn put_quads(spot: Spot, row: u32, above: Quads, below: Quads) {
    put_quad(spot, 8u, 0u, row, 0u, above.a, below.a);
    put_quad(spot, 8u, 0u, row, 4u, above.b, below.b);
    put_quad(spot, 8u, 4u, row, 0u, above.c, below.c);
    put_quad(spot, 8u, 4u, row, 4u, above.d, below.d);
}
