// A tile of 32 rows x 8 columns a lane, held in registers. The 8 lanes of a subgroup own 64 columns and share the rows:
// lane l loads the l-th vec4 of a 32-row operand, and broadcasts hand it to all. Needs a subgroup of exactly 8 lanes.
//
// Named matrices, not an array: an array indexed by a loop would live in memory. Four rows a matrix, four columns a vec4:
// l(eft) and r(ight) columns of rows 4q .. 4q+3.
struct Tile {
    l0: mat4x4<f32>, l1: mat4x4<f32>, l2: mat4x4<f32>, l3: mat4x4<f32>,
    l4: mat4x4<f32>, l5: mat4x4<f32>, l6: mat4x4<f32>, l7: mat4x4<f32>,
    r0: mat4x4<f32>, r1: mat4x4<f32>, r2: mat4x4<f32>, r3: mat4x4<f32>,
    r4: mat4x4<f32>, r5: mat4x4<f32>, r6: mat4x4<f32>, r7: mat4x4<f32>,
}

fn outer(rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(rows.x * columns, rows.y * columns, rows.z * columns, rows.w * columns);
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
