// Columns of b, which the products read as it lies or packed. Reads `params`, `b`.
// use: lib/gemm

override B_BY_COLUMN: bool = false;
// Whether b comes from memory, by rows.
override AHEAD: bool = false;

// Four columns at steps k .. k+3, a vec4 a step.
fn columns(batch: u32, column4: u32, k: u32) -> mat4x4<f32> {
    if (B_BY_COLUMN) {
        let k4 = params.k / 4u;
        let last = params.n - 1u;
        let column = column4 * 4u;
        let at = batch + k / 4u;
        return transpose(mat4x4<f32>(
            b[at + min(column, last) * k4], b[at + min(column + 1u, last) * k4],
            b[at + min(column + 2u, last) * k4], b[at + min(column + 3u, last) * k4],
        ));
    }
    let at = batch + k * params.b_row + column4;
    return mat4x4<f32>(b[at], b[at + params.b_row], b[at + 2u * params.b_row], b[at + 3u * params.b_row]);
}

// Reads a number of each line of 64 bytes that a block of 64 columns has in rows k .. k+3, so that all are under way when `columns`
// comes to them. What is read has to be used for something, or it is not read.
fn touch(spot: Spot, b_start: u32, k: u32) -> u32 {
    if (!AHEAD) { return 0u; }
    let column4 = min(spot.left - spot.lane + spot.lane % 4u * 4u, params.n4 - 1u);
    let rows = min(vec2(k, k + 2u) + spot.lane / 4u, vec2(params.k - 1u)) * params.b_row;
    return bitcast<u32>(b[b_start + rows.x + column4].x) | bitcast<u32>(b[b_start + rows.y + column4].x);
}
