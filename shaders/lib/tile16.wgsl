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

// m + the outer products of four steps: rows a, b, c, d and a column each.
fn four(m: mat4x4<f32>, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, columns: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        m[0] + a.x * columns[0] + b.x * columns[1] + c.x * columns[2] + d.x * columns[3],
        m[1] + a.y * columns[0] + b.y * columns[1] + c.y * columns[2] + d.y * columns[3],
        m[2] + a.z * columns[0] + b.z * columns[1] + c.z * columns[2] + d.z * columns[3],
        m[3] + a.w * columns[0] + b.w * columns[1] + c.w * columns[2] + d.w * columns[3],
    );
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
