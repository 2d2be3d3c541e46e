// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (the taps of table `offsets`)
//
// x as conv2d_pad makes it, vec4 along w    weight packed (groups, panels, k, 32/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One lane owns 32 channels x 8 neighbours of a row of y and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the
// channels: lane l loads the l-th vec4 of a tap's 32 weights, and broadcasts hand it to all. Admitted on processors with subgroups of 8.
// use: lib/conv2d_line
// use: lib/tile

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> offsets: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(1u, 8u));
    let start = x_of(spot);
    var wi = weight_of(spot, 8u) + spot.lane;
    var tile: Tile;
    for (var k = 0u; k < params.k / 4u; k++) {
        let offset = offsets[k];
        let one = columns(start, offset.x);
        let two = columns(start, offset.y);
        let three = columns(start, offset.z);
        let four = columns(start, offset.w);
        add_outer4(
            &tile, weight[wi], weight[wi + 8u], weight[wi + 16u], weight[wi + 24u],
            mat4x4<f32>(one.left, two.left, three.left, four.left),
            mat4x4<f32>(one.right, two.right, three.right, four.right),
        );
        wi += 32u;
    }
    for (var k = params.k / 4u * 4u; k < params.k; k++) {
        let last = columns(start, offsets[k / 4u][k % 4u]);
        add_outer(&tile, weight[wi], last.left, last.right);
        wi += 8u;
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot, 32u), &tile);
}
