// Writes four rows of a tile, each by the kernel's own `put_row` to the kernel's own `Place`.
fn put(place: Place, row: u32, left: mat4x4<f32>, right: mat4x4<f32>) {
    put_row(place, row, left[0], right[0]);
    put_row(place, row + 1u, left[1], right[1]);
    put_row(place, row + 2u, left[2], right[2]);
    put_row(place, row + 3u, left[3], right[3]);
}
