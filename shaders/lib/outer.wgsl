// Outer products of four rows and four columns, a column of the matrix for each row.
fn outer(rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(rows.x * columns, rows.y * columns, rows.z * columns, rows.w * columns);
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
