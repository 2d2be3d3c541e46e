// A tile of 64 rows x 64 columns a workgroup of 64, 8 x 8 of them an invocation, fed through workgroup memory 16 steps at a time.
// For adapters whose lanes load side by side. The kernel loads into registers while the steps before are multiplied, then fills both halves
// of the memory; a barrier stands before and behind `multiply`.
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

// What an invocation hands to its workgroup of 16 steps: every 64th vec4 of the rows, and as many of the columns.
struct Loaded { rows: mat4x4<f32>, columns: mat4x4<f32> }

fn keep_rows(lid: u32, rows: mat4x4<f32>) {
    sh_rows[lid] = rows[0];
    sh_rows[lid + 64u] = rows[1];
    sh_rows[lid + 128u] = rows[2];
    sh_rows[lid + 192u] = rows[3];
}

// Named matrices, not an array: an array indexed by a loop would live in memory. A column a slot, four rows a vec4: u(pper) and
// l(ower) row quad by near and far columns.
struct Tile { un: mat4x4<f32>, uf: mat4x4<f32>, ln: mat4x4<f32>, lf: mat4x4<f32> }

fn rows_at(at: u32) -> mat4x4<f32> {
    return mat4x4<f32>(sh_rows[at], sh_rows[at + 16u], sh_rows[at + 32u], sh_rows[at + 48u]);
}

fn columns_at(at: u32) -> mat4x4<f32> {
    return mat4x4<f32>(sh_columns[at], sh_columns[at + 16u], sh_columns[at + 32u], sh_columns[at + 48u]);
}

// sums + a x b, term by term: a product of its own would cost an addition more.
fn add_product(sums: mat4x4<f32>, a: mat4x4<f32>, b: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        sums[0] + a[0] * b[0].x + a[1] * b[0].y + a[2] * b[0].z + a[3] * b[0].w,
        sums[1] + a[0] * b[1].x + a[1] * b[1].y + a[2] * b[1].z + a[3] * b[1].w,
        sums[2] + a[0] * b[2].x + a[1] * b[2].y + a[2] * b[2].z + a[3] * b[2].w,
        sums[3] + a[0] * b[3].x + a[1] * b[3].y + a[2] * b[3].z + a[3] * b[3].w,
    );
}

// tile += the rows x the columns in workgroup memory
fn multiply(tile: ptr<function, Tile>, lid: u32) {
    for (var q = 0u; q < COLUMNS * STEPS / 4u; q += 64u) {
        let upper = rows_at(q + lid / 8u);
        let lower = rows_at(q + lid / 8u + 8u);
        let near = columns_at(q + lid % 8u);
        let far = columns_at(q + lid % 8u + 8u);
        (*tile).un = add_product((*tile).un, upper, near);
        (*tile).uf = add_product((*tile).uf, upper, far);
        (*tile).ln = add_product((*tile).ln, lower, near);
        (*tile).lf = add_product((*tile).lf, lower, far);
    }
}
