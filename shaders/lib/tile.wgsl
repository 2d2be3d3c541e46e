// A tile of 32 rows x 8 columns a lane, held in registers. The 8 lanes of a subgroup own 64 columns and share the rows:
// lane l loads the l-th vec4 of a 32-row operand, and broadcasts hand it to all. Needs a subgroup of exactly 8 lanes.
//
// Named matrices, not an array: an array indexed by a loop would live in memory. Four rows a matrix, four columns a vec4:
// l(eft) and r(ight) columns of rows 4q .. 4q+3.
// use: lib/outer
// use: lib/put

struct Tile {
    l0: mat4x4<f32>, l1: mat4x4<f32>, l2: mat4x4<f32>, l3: mat4x4<f32>,
    l4: mat4x4<f32>, l5: mat4x4<f32>, l6: mat4x4<f32>, l7: mat4x4<f32>,
    r0: mat4x4<f32>, r1: mat4x4<f32>, r2: mat4x4<f32>, r3: mat4x4<f32>,
    r4: mat4x4<f32>, r5: mat4x4<f32>, r6: mat4x4<f32>, r7: mat4x4<f32>,
}

// tile += rows (32, this lane's four of them in `mine`) x columns (this lane's 8)
fn add_outer(tile: ptr<function, Tile>, mine: vec4<f32>, left: vec4<f32>, right: vec4<f32>) {
    var w = subgroupBroadcast(mine, 0u); (*tile).l0 += outer(w, left); (*tile).r0 += outer(w, right);
    w = subgroupBroadcast(mine, 1u);     (*tile).l1 += outer(w, left); (*tile).r1 += outer(w, right);
    w = subgroupBroadcast(mine, 2u);     (*tile).l2 += outer(w, left); (*tile).r2 += outer(w, right);
    w = subgroupBroadcast(mine, 3u);     (*tile).l3 += outer(w, left); (*tile).r3 += outer(w, right);
    w = subgroupBroadcast(mine, 4u);     (*tile).l4 += outer(w, left); (*tile).r4 += outer(w, right);
    w = subgroupBroadcast(mine, 5u);     (*tile).l5 += outer(w, left); (*tile).r5 += outer(w, right);
    w = subgroupBroadcast(mine, 6u);     (*tile).l6 += outer(w, left); (*tile).r6 += outer(w, right);
    w = subgroupBroadcast(mine, 7u);     (*tile).l7 += outer(w, left); (*tile).r7 += outer(w, right);
}

// Four steps of add_outer: as each number of the tile is fetched and put back once, not four times, this is half as fast again.
fn add_outer4(
    tile: ptr<function, Tile>, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, left: mat4x4<f32>, right: mat4x4<f32>,
) {
    var i = subgroupBroadcast(a, 0u); var j = subgroupBroadcast(b, 0u); var k = subgroupBroadcast(c, 0u); var l = subgroupBroadcast(d, 0u);
    (*tile).l0 = four((*tile).l0, i, j, k, l, left);
    (*tile).r0 = four((*tile).r0, i, j, k, l, right);
    i = subgroupBroadcast(a, 1u); j = subgroupBroadcast(b, 1u); k = subgroupBroadcast(c, 1u); l = subgroupBroadcast(d, 1u);
    (*tile).l1 = four((*tile).l1, i, j, k, l, left);
    (*tile).r1 = four((*tile).r1, i, j, k, l, right);
    i = subgroupBroadcast(a, 2u); j = subgroupBroadcast(b, 2u); k = subgroupBroadcast(c, 2u); l = subgroupBroadcast(d, 2u);
    (*tile).l2 = four((*tile).l2, i, j, k, l, left);
    (*tile).r2 = four((*tile).r2, i, j, k, l, right);
    i = subgroupBroadcast(a, 3u); j = subgroupBroadcast(b, 3u); k = subgroupBroadcast(c, 3u); l = subgroupBroadcast(d, 3u);
    (*tile).l3 = four((*tile).l3, i, j, k, l, left);
    (*tile).r3 = four((*tile).r3, i, j, k, l, right);
    i = subgroupBroadcast(a, 4u); j = subgroupBroadcast(b, 4u); k = subgroupBroadcast(c, 4u); l = subgroupBroadcast(d, 4u);
    (*tile).l4 = four((*tile).l4, i, j, k, l, left);
    (*tile).r4 = four((*tile).r4, i, j, k, l, right);
    i = subgroupBroadcast(a, 5u); j = subgroupBroadcast(b, 5u); k = subgroupBroadcast(c, 5u); l = subgroupBroadcast(d, 5u);
    (*tile).l5 = four((*tile).l5, i, j, k, l, left);
    (*tile).r5 = four((*tile).r5, i, j, k, l, right);
    i = subgroupBroadcast(a, 6u); j = subgroupBroadcast(b, 6u); k = subgroupBroadcast(c, 6u); l = subgroupBroadcast(d, 6u);
    (*tile).l6 = four((*tile).l6, i, j, k, l, left);
    (*tile).r6 = four((*tile).r6, i, j, k, l, right);
    i = subgroupBroadcast(a, 7u); j = subgroupBroadcast(b, 7u); k = subgroupBroadcast(c, 7u); l = subgroupBroadcast(d, 7u);
    (*tile).l7 = four((*tile).l7, i, j, k, l, left);
    (*tile).r7 = four((*tile).r7, i, j, k, l, right);
}

// Writes the whole tile.
fn put_tile(place: Place, tile: ptr<function, Tile>) {
    put(place, 0u, (*tile).l0, (*tile).r0);
    put(place, 4u, (*tile).l1, (*tile).r1);
    put(place, 8u, (*tile).l2, (*tile).r2);
    put(place, 12u, (*tile).l3, (*tile).r3);
    put(place, 16u, (*tile).l4, (*tile).r4);
    put(place, 20u, (*tile).l5, (*tile).r5);
    put(place, 24u, (*tile).l6, (*tile).r6);
    put(place, 28u, (*tile).l7, (*tile).r7);
}
