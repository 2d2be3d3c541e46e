// A tile of 64 rows x 64 columns a workgroup of 64, 8 x 8 of them an invocation, fed through workgroup memory 16 steps at a time.
// For adapters whose lanes load side by side. The kernel fills both halves of the memory, and a barrier stands before and behind
// `multiply`.
//
// Row quad r is rows 4r .. 4r+3: invocation (down, across) = (lid / 8, lid % 8) owns row quads down and down + 8 and, in each of the
// four slots of 16, columns across and across + 8. What a slot's column means is the kernel's matter: a vec4 of neighbours lies in
// four slots, or 64 neighbours in order.

// The tile is made for just so many invocations.
const WG: u32 = 64;
const ROWS: u32 = 64;
const COLUMNS: u32 = 64;
const STEPS: u32 = 16;

// vec4 along the rows, at step * 16 + row quad.
var<workgroup> sh_rows: array<vec4<f32>, 256>;
// vec4 along four steps, at step / 4 * 64 + slot * 16 + column.
var<workgroup> sh_columns: array<vec4<f32>, 256>;

// Named matrices, not an array: an array indexed by a loop would live in memory. A column a slot, four rows a vec4: u(pper) and
// l(ower) row quad by near and far columns.
struct Tile { un: mat4x4<f32>, uf: mat4x4<f32>, ln: mat4x4<f32>, lf: mat4x4<f32> }

fn rows_at(at: u32) -> mat4x4<f32> {
    return mat4x4<f32>(sh_rows[at], sh_rows[at + 16u], sh_rows[at + 32u], sh_rows[at + 48u]);
}

fn columns_at(at: u32) -> mat4x4<f32> {
    return mat4x4<f32>(sh_columns[at], sh_columns[at + 16u], sh_columns[at + 32u], sh_columns[at + 48u]);
}

// tile += the rows x the columns in workgroup memory
fn multiply(tile: ptr<function, Tile>, lid: u32) {
    for (var q = 0u; q < COLUMNS * STEPS / 4u; q += 64u) {
        let upper = rows_at(q + lid / 8u);
        let lower = rows_at(q + lid / 8u + 8u);
        let near = columns_at(q + lid % 8u);
        let far = columns_at(q + lid % 8u + 8u);
        (*tile).un += upper * near;
        (*tile).uf += upper * far;
        (*tile).ln += lower * near;
        (*tile).lf += lower * far;
    }
}
