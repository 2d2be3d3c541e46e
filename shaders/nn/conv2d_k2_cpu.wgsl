// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (2x2 taps)
//
// x as conv2d_pad makes it, vec4 along w    weight packed (groups, panels, k, 32/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One lane owns 32 channels x 2x4 pixels of y and writes them once. The 8 lanes of a subgroup hold 8 such tiles and share the
// channels: lane l loads the l-th vec4 of a tap's 32 weights, and broadcasts hand it to all. Admitted where the subgroup size is 8.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// use: lib/conv2d_square
// use: lib/tile

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_k2_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(2u, 4u));
    var xi = x_of(spot);
    var wi = weight_of(spot, 8u) + spot.lane;
    var tile: Tile;
    for (var c = 0u; c < params.c; c++) {
        let a = x[xi];                       let a4 = x[xi + 1u].x;
        let b = x[xi + params.x_row];        let b4 = x[xi + params.x_row + 1u].x;
        let d = x[xi + 2u * params.x_row];   let d4 = x[xi + 2u * params.x_row + 1u].x;
        let b_next = vec4(b.yzw, b4);
        add_outer4(
            &tile, weight[wi], weight[wi + 8u], weight[wi + 16u], weight[wi + 24u],
            mat4x4<f32>(a, vec4(a.yzw, a4), b, b_next),
            mat4x4<f32>(b, b_next, d, vec4(d.yzw, d4)),
        );
        xi += params.x_channel;
        wi += 32u;
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot, 32u), &tile);
}
