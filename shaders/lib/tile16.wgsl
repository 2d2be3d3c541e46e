// A tile of 16 rows x 8 columns an invocation, held in registers: the portable brother of lib/tile.
//
// Named matrices, not an array: an array indexed by a loop would live in memory. Four rows a matrix, four columns a vec4:
// l(eft) and r(ight) columns of rows 4q .. 4q+3.
struct Tile {
    l0: mat4x4<f32>, l1: mat4x4<f32>, l2: mat4x4<f32>, l3: mat4x4<f32>,
    r0: mat4x4<f32>, r1: mat4x4<f32>, r2: mat4x4<f32>, r3: mat4x4<f32>,
}

// The 16 rows' operands of one step.
struct Rows { q0: vec4<f32>, q1: vec4<f32>, q2: vec4<f32>, q3: vec4<f32> }

fn outer(rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(rows.x * columns, rows.y * columns, rows.z * columns, rows.w * columns);
}

// tile += rows (16) x columns (8)
fn add_outer(tile: ptr<function, Tile>, rows: Rows, left: vec4<f32>, right: vec4<f32>) {
    (*tile).l0 += outer(rows.q0, left); (*tile).r0 += outer(rows.q0, right);
    (*tile).l1 += outer(rows.q1, left); (*tile).r1 += outer(rows.q1, right);
    (*tile).l2 += outer(rows.q2, left); (*tile).r2 += outer(rows.q2, right);
    (*tile).l3 += outer(rows.q3, left); (*tile).r3 += outer(rows.q3, right);
}
