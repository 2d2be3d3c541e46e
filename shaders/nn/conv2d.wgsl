// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (the taps of table `offsets`)
//
// x as conv2d_pad makes it, vec4 along w    weight packed (groups, panels, k, 16/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One invocation owns 16 channels x 8 neighbours of a row of y and writes them once; 8 neighbours share the channels.
// use: lib/conv2d_line
// use: lib/tile16

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> offsets: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;

fn rows(at: u32) -> Rows {
    return Rows(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]);
}

@compute @workgroup_size(WG)
fn conv2d(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(1u, 8u));
    let start = x_of(spot);
    var wi = weight_of(spot, 4u);
    var tile: Tile;
    for (var k = 0u; k < params.k / 4u; k++) {
        let offset = offsets[k];
        let one = columns(start, offset.x);
        let two = columns(start, offset.y);
        let three = columns(start, offset.z);
        let four = columns(start, offset.w);
        add_outer4(
            &tile, rows(wi), rows(wi + 4u), rows(wi + 8u), rows(wi + 12u),
            mat4x4<f32>(one.left, two.left, three.left, four.left),
            mat4x4<f32>(one.right, two.right, three.right, four.right),
        );
        wi += 16u;
    }
    for (var k = params.k / 4u * 4u; k < params.k; k++) {
        let last = columns(start, offsets[k / 4u][k % 4u]);
        add_outer(&tile, rows(wi), last.left, last.right);
        wi += 4u;
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot, 16u), &tile);
}
