// y[s, g, o, (i, j), c] = sum over the split's pixels p = (n, h, w) of dy[p, g, o] * x[n, h + i, w + j, g, c]      (an even number of j)
//
// x (N, rows, columns, groups, record/4) vec4 along c    dy (N, OH, OW, groups, outputs/4) vec4 along o, both from conv2d_pixels
// y (splits, groups, O, taps, record/4) vec4 along c
// One lane owns 32 channels o x 4 channels c of two taps beside each other and writes them once: what the left tap reads at a pixel,
// the right one has read at the pixel before. The 8 lanes of a subgroup share the 32: lane l loads the l-th vec4 of a pixel's dy, and
// broadcasts hand it to all. Admitted on processors with subgroups of 8 where windows step by 1 and 4 divides OW.
// use: lib/grid
// use: lib/conv2d_walk
// use: lib/tile

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Place { row: u32, at: u32, inside: bool }

fn put_row(place: Place, row: u32, left: vec4<f32>, right: vec4<f32>) {
    if (!place.inside || place.row + row >= params.o) { return; }
    let at = place.at + row * params.taps * params.record8 * 2u;
    y[at] = left;
    y[at + params.record8 * 2u] = right;
}

@compute @workgroup_size(WG)
fn conv2d_grad_weight_pairs_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    let lane = i % 8u;
    let unit = min(i / 8u, params.units - 1u);
    var rest = unit / params.blocks;
    let panel = rest % params.panels;
    rest /= params.panels;
    let group = rest % params.groups;
    let split = rest / params.groups;
    let record4 = params.record8 * 2u;
    let all = params.taps * params.record8;
    let own = (unit % params.blocks) * 8u + lane;
    let column = min(own, all - 1u);

    let tap = column / record4 * 2u;
    let behind = tap / params.kernel_w * params.tap_h + tap % params.kernel_w * params.tap_w;
    let first = split * params.pixels_split;
    let end = min(first + params.pixels_split, params.pixels);
    var w = first % params.ow;
    var h = first / params.ow % params.oh;
    let image = first / (params.ow * params.oh);
    let d_group = params.d_pixel / params.groups;
    var at = image * params.x_image + h * params.step_row + w * params.step_w + behind + group * record4 + column % record4;
    var d = first * params.d_pixel + group * d_group + min(panel * 8u + lane, d_group - 1u);
    var tile: Tile;
    for (var p = first; p < end; p += 4u) {
        let x0 = x[at];
        let x1 = x[at + params.step_w];
        let x2 = x[at + 2u * params.step_w];
        let x3 = x[at + 3u * params.step_w];
        let x4 = x[at + 4u * params.step_w];
        add_outer4(
            &tile, dy[d], dy[d + params.d_pixel], dy[d + 2u * params.d_pixel], dy[d + 3u * params.d_pixel],
            mat4x4<f32>(x0, x1, x2, x3),
            mat4x4<f32>(x1, x2, x3, x4),
        );
        d += 4u * params.d_pixel;
        at += 4u * params.step_w;
        w += 4u;
        if (w == params.ow) {
            w = 0u;
            h += 1u;
            at += params.step_row - params.ow * params.step_w;
        }
        if (h == params.oh) {
            h = 0u;
            at += params.x_image - params.oh * params.step_row;
        }
    }

    let row = panel * 32u;
    let first_row = (((params.first_split + split) * params.groups + group) * params.o + row) * params.taps;
    let place = Place(row, (first_row + tap) * record4 + column % record4, i / 8u < params.units && own < all);
    put_tile(place, &tile);
}
