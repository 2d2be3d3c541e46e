// y[batch, split, m, n] = sum over the split's k of a[batch, m, k] * b[batch, k, n], with bias[n] and activation if asked for
//
// a packed (batch, panels, k, 4/4) vec4 along m    b (batch, k, n/4) vec4 along n
// y (batch, splits, m, n/4) vec4 along n
// One invocation owns 4 rows x 32 columns of y and writes them once; 8 neighbours share the rows and own 256 columns: as gemm_thin, with
// four times as much of a row of b at a time. b comes from memory, so the row that is four further on is touched on the way.
// use: lib/gemm
// use: lib/outer
// use: lib/put

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Tile {
    a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32>,
    e: mat4x4<f32>, f: mat4x4<f32>, g: mat4x4<f32>, h: mat4x4<f32>,
}

// A spot's two vec4s of columns, `pairs` pairs of eight lanes further on.
fn further(spot: Spot, pairs: u32) -> Spot {
    let block = spot.left / BLOCK4;
    var next = spot;
    next.left += 16u * pairs;
    next.right += 16u * pairs;
    next.near = in_row(block, next.left);
    next.far = in_row(block, next.right);
    return next;
}

@compute @workgroup_size(WG)
fn gemm_thin_wide(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    var two = further(spot, 1u);
    let three = further(spot, 2u);
    let four = further(spot, 3u);
    var at = a_of(spot, 1u);
    var row = spot.batch * params.b_batch + spot.first * params.b_row;
    let end = row + (spot.end - spot.first) * params.b_row;
    // The sixteen lines of 64 bytes that a row of the block is, two a lane. What is read has to be used, or it is not read.
    let first = spot.near - spot.lane;
    let line = vec2(min(first + spot.lane * 4u, params.n4 - 1u), min(first + 32u + spot.lane * 4u, params.n4 - 1u));
    var touched = 0u;
    var tile: Tile;
    for (; row < end; row += params.b_row) {
        let ahead = min(row + 4u * params.b_row, end - params.b_row);
        touched |= bitcast<u32>(b[ahead + line.x].x) | bitcast<u32>(b[ahead + line.y].x);
        let rows = a[at];
        tile.a += outer(rows, b[row + spot.near]);
        tile.b += outer(rows, b[row + spot.far]);
        tile.c += outer(rows, b[row + two.near]);
        tile.d += outer(rows, b[row + two.far]);
        tile.e += outer(rows, b[row + three.near]);
        tile.f += outer(rows, b[row + three.far]);
        tile.g += outer(rows, b[row + four.near]);
        tile.h += outer(rows, b[row + four.far]);
        at += 1u;
    }

    if (!spot.inside) { return; }
    two.start += touched & params.zero;
    put(place_of(spot, 4u), 0u, tile.a, tile.b);
    put(place_of(two, 4u), 0u, tile.c, tile.d);
    put(place_of(three, 4u), 0u, tile.e, tile.f);
    put(place_of(four, 4u), 0u, tile.g, tile.h);
}
