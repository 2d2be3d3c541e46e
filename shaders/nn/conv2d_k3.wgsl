// y[n, o, h, w] = activation(bias[o] + sum over k = (c, i, j) of weight[o, k] * x[n, c, h + i, w + j])      (3x3 taps)
//
// x as conv2d_pad makes it, vec4 along w    weight packed (groups, panels, k, 16/4) vec4 along o    y (N,O,OH,OW/2) vec2 along w
// One invocation owns 16 channels x 2x4 pixels of y and writes them once; 8 neighbours share the channels.
// With POOL, y is (N,O,OH/2,OW/4) and holds the maximum of each 2x2 window; the activation, which never falls, comes after it.
// use: lib/conv2d_square
// use: lib/tile16

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;

override WG: u32 = 64;

fn rows(at: u32) -> Rows {
    return Rows(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]);
}

@compute @workgroup_size(WG)
fn conv2d_k3(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), vec2(2u, 4u));
    var xi = x_of(spot);
    var wi = weight_of(spot, 4u);
    var tile: Tile;
    for (var c = 0u; c < params.c; c++) {
        let a = x[xi];                       let a4 = x[xi + 1u].xy;
        let b = x[xi + params.x_row];        let b4 = x[xi + params.x_row + 1u].xy;
        let d = x[xi + 2u * params.x_row];   let d4 = x[xi + 2u * params.x_row + 1u].xy;
        let e = x[xi + 3u * params.x_row];   let e4 = x[xi + 3u * params.x_row + 1u].xy;
        let b1 = vec4(b.yzw, b4.x);
        let b2 = vec4(b.zw, b4);
        let d1 = vec4(d.yzw, d4.x);
        let d2 = vec4(d.zw, d4);
        add_outer4(
            &tile, rows(wi), rows(wi + 4u), rows(wi + 8u), rows(wi + 12u),
            mat4x4<f32>(a, vec4(a.yzw, a4.x), vec4(a.zw, a4), b),
            mat4x4<f32>(b, b1, b2, d),
        );
        add_outer4(
            &tile, rows(wi + 16u), rows(wi + 20u), rows(wi + 24u), rows(wi + 28u),
            mat4x4<f32>(b1, b2, d, d1),
            mat4x4<f32>(d1, d2, e, vec4(e.yzw, e4.x)),
        );
        add_outer(&tile, rows(wi + 32u), d2, vec4(e.zw, e4));
        xi += params.x_channel;
        wi += 36u;
    }

    if (!spot.inside) { return; }
    put_tile(place_of(spot, 16u), &tile);
}
