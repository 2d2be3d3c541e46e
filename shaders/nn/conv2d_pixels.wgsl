// y[n, s, r, q, g, c] = x[n, g, c, s - front, r - top, q - left], 0 outside of x
//
// x (N, groups, C, D, H, W)    y (N, slices, rows, columns, groups, record/4) vec4 along c, which is filled up with 0
// Turns an image such that the channels of a pixel lie side by side. One invocation owns 4 channels of 4 neighbours of a row.
// use: lib/grid

struct Params {
    count: u32, first: u32,                // of invocations; where x starts
    c: u32, groups: u32, d: u32, h: u32, w: u32,
    slices: u32, rows: u32, columns: u32, across: u32,  // across: columns / 4, rounded up
    record4: u32, front: u32, top: u32, left: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

// Four neighbours of a row of one channel. What is not inside is read from anywhere and dropped.
fn neighbours(volume: u32, slice: u32, row: u32, column: u32, inside: bool) -> vec4<f32> {
    let at = params.first + ((volume * params.d + slice) * params.h + row) * params.w;
    let w = vec4(column, column + 1u, column + 2u, column + 3u);
    return select(vec4(0.0), vec4(x[at + w.x], x[at + w.y], x[at + w.z], x[at + w.w]), (w < vec4(params.w)) & vec4(inside));
}

@compute @workgroup_size(WG)
fn conv2d_pixels(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let record = i % params.record4;
    var rest = i / params.record4;
    let column = rest % params.across * 4u;
    rest /= params.across;
    let group = rest % params.groups;
    rest /= params.groups;
    let row = rest % params.rows;
    let image = rest / params.rows;
    let slice = image % params.slices;

    // What lies in front of, above or left of x wraps to more than its size.
    let z = slice - params.front;
    let h = row - params.top;
    let w = column - params.left;
    let c = record * 4u;
    let volume = (image / params.slices * params.groups + group) * params.c + c;
    let inside = z < params.d && h < params.h;
    let one = neighbours(volume, z, h, w, inside && c < params.c);
    let two = neighbours(volume + 1u, z, h, w, inside && c + 1u < params.c);
    let three = neighbours(volume + 2u, z, h, w, inside && c + 2u < params.c);
    let four = neighbours(volume + 3u, z, h, w, inside && c + 3u < params.c);
    let pixels = transpose(mat4x4<f32>(one, two, three, four));

    let pixel = params.groups * params.record4;
    let at = ((image * params.rows + row) * params.columns + column) * pixel + group * params.record4 + record;
    y[at] = pixels[0];
    if (column + 1u < params.columns) { y[at + pixel] = pixels[1]; }
    if (column + 2u < params.columns) { y[at + 2u * pixel] = pixels[2]; }
    if (column + 3u < params.columns) { y[at + 3u * pixel] = pixels[3]; }
}
