// Where an element of many planes lies.
// use: lib/divide

// Plane, row and column of element i of planes of `rows` x `columns`.
fn spot_of(i: u32, rows: u32, columns: u32) -> vec3<u32> {
    let row = split(i, columns);
    let plane = split(row.x, rows);
    return vec3(plane.x, plane.y, row.y);
}
