// A tile of 16 rows x 8 columns an invocation, held in registers: the portable brother of lib/tile.
//
// Named matrices, not an array: an array indexed by a loop would live in memory. Four rows a matrix, four columns a vec4:
// l(eft) and r(ight) columns of rows 4q .. 4q+3.
// use: lib/outer
// use: lib/put

struct Tile {
    l0: mat4x4<f32>, l1: mat4x4<f32>, l2: mat4x4<f32>, l3: mat4x4<f32>,
    r0: mat4x4<f32>, r1: mat4x4<f32>, r2: mat4x4<f32>, r3: mat4x4<f32>,
}

// The 16 rows' operands of one step.
struct Rows { q0: vec4<f32>, q1: vec4<f32>, q2: vec4<f32>, q3: vec4<f32> }

// tile += rows (16) x columns (8)
fn add_outer(tile: ptr<function, Tile>, rows: Rows, left: vec4<f32>, right: vec4<f32>) {
    (*tile).l0 += outer(rows.q0, left); (*tile).r0 += outer(rows.q0, right);
    (*tile).l1 += outer(rows.q1, left); (*tile).r1 += outer(rows.q1, right);
    (*tile).l2 += outer(rows.q2, left); (*tile).r2 += outer(rows.q2, right);
    (*tile).l3 += outer(rows.q3, left); (*tile).r3 += outer(rows.q3, right);
}

// Four steps of add_outer: as each number of the tile is fetched and put back once, not four times, this is faster.
fn add_outer4(tile: ptr<function, Tile>, a: Rows, b: Rows, c: Rows, d: Rows, left: mat4x4<f32>, right: mat4x4<f32>) {
    (*tile).l0 = four((*tile).l0, a.q0, b.q0, c.q0, d.q0, left);
    (*tile).r0 = four((*tile).r0, a.q0, b.q0, c.q0, d.q0, right);
    (*tile).l1 = four((*tile).l1, a.q1, b.q1, c.q1, d.q1, left);
    (*tile).r1 = four((*tile).r1, a.q1, b.q1, c.q1, d.q1, right);
    (*tile).l2 = four((*tile).l2, a.q2, b.q2, c.q2, d.q2, left);
    (*tile).r2 = four((*tile).r2, a.q2, b.q2, c.q2, d.q2, right);
    (*tile).l3 = four((*tile).l3, a.q3, b.q3, c.q3, d.q3, left);
    (*tile).r3 = four((*tile).r3, a.q3, b.q3, c.q3, d.q3, right);
}

// Writes the whole tile.
fn put_tile(place: Place, tile: ptr<function, Tile>) {
    put(place, 0u, (*tile).l0, (*tile).r0);
    put(place, 4u, (*tile).l1, (*tile).r1);
    put(place, 8u, (*tile).l2, (*tile).r2);
    put(place, 12u, (*tile).l3, (*tile).r3);
}
