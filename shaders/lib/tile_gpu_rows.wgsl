// What lib/tile_gpu needs besides where four columns are a vec4: its neighbours lie in the four slots. The kernel has `put_row`.
// use: lib/put
// use: lib/tile_gpu

// Writes four neighbours of four steps, a vec4 a step, as four columns.
fn keep_columns(lid: u32, steps: mat4x4<f32>) {
    let columns = transpose(steps);
    let at = lid / 16u * 64u + lid % 16u;
    sh_columns[at] = columns[0];
    sh_columns[at + 16u] = columns[1];
    sh_columns[at + 32u] = columns[2];
    sh_columns[at + 48u] = columns[3];
}

// Writes the whole tile by rows: vec4s of four slots each.
fn put_tile(place: Place, tile: ptr<function, Tile>, lid: u32) {
    put(place, lid / 8u * 4u, transpose((*tile).un), transpose((*tile).uf));
    put(place, lid / 8u * 4u + 32u, transpose((*tile).ln), transpose((*tile).lf));
}
