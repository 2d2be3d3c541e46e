// A tile of 24 rows x 16 columns an invocation: the portable brother of lib/tile, for what is large enough. Most of its numbers are fetched
// from memory and put back, which costs less than what a smaller tile loads more; two steps at once are as many as a processor keeps
// decoded.
//
// Named matrices, not an array: an array indexed by a loop would live in memory. `put_four` is the kernel's own.

// Four rows, four columns a matrix: a sixth of a tile.
struct Line { q0: mat4x4<f32>, q1: mat4x4<f32>, q2: mat4x4<f32>, q3: mat4x4<f32> }

// The columns' operands of one step.
struct Columns { q0: vec4<f32>, q1: vec4<f32>, q2: vec4<f32>, q3: vec4<f32> }

// m + the outer products of two steps: rows i and j, columns s and t.
fn two(m: mat4x4<f32>, i: vec4<f32>, j: vec4<f32>, s: vec4<f32>, t: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        m[0] + i.x * s + j.x * t, m[1] + i.y * s + j.y * t, m[2] + i.z * s + j.z * t, m[3] + i.w * s + j.w * t,
    );
}

fn add_two(line: ptr<function, Line>, i: vec4<f32>, j: vec4<f32>, s: Columns, t: Columns) {
    (*line).q0 = two((*line).q0, i, j, s.q0, t.q0);
    (*line).q1 = two((*line).q1, i, j, s.q1, t.q1);
    (*line).q2 = two((*line).q2, i, j, s.q2, t.q2);
    (*line).q3 = two((*line).q3, i, j, s.q3, t.q3);
}

fn one(m: mat4x4<f32>, i: vec4<f32>, s: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(m[0] + i.x * s, m[1] + i.y * s, m[2] + i.z * s, m[3] + i.w * s);
}

fn add_one(line: ptr<function, Line>, i: vec4<f32>, s: Columns) {
    (*line).q0 = one((*line).q0, i, s.q0);
    (*line).q1 = one((*line).q1, i, s.q1);
    (*line).q2 = one((*line).q2, i, s.q2);
    (*line).q3 = one((*line).q3, i, s.q3);
}

fn put_line(place: Place, row: u32, line: Line) {
    put_four(place, row, 0u, line.q0);
    put_four(place, row, 1u, line.q1);
    put_four(place, row, 2u, line.q2);
    put_four(place, row, 3u, line.q3);
}

// Writes the whole tile.
fn put_wide(place: Place, r0: Line, r4: Line, r8: Line, r12: Line, r16: Line, r20: Line) {
    put_line(place, 0u, r0);
    put_line(place, 4u, r4);
    put_line(place, 8u, r8);
    put_line(place, 12u, r12);
    put_line(place, 16u, r16);
    put_line(place, 20u, r20);
}
