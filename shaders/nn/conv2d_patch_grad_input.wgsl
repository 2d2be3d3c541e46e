// dx[n, c, d, 2 h + i, 2 w + j] = sum over o of weight[o, c, i, j] * dy[n, o, d, h, w]
//
// dy (N,O,D,H,W/4) vec4 along w    weight (O,C) vec4 of taps (0,0), (0,1), (1,0), (1,1)    dx (N,C,D,2H,2W/4) vec4 along w
// 8 neighbours own 8 channels x 64 pixels of dy and what becomes of them; each has two vec4s of pixels, and writes 8 channels of their
// windows once.
// use: lib/patch_windows

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_patch_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG), 16u);
    let near = spot.first + spot.lane;
    let far = near + 8u;
    let last = params.small4 - 1u;
    let step = params.depth * params.small4;
    var at = params.small_first + image_of(spot, params.o, 0u, params.small4);
    let end = at + params.o * step;
    let channel = spot.panel * 8u;
    let most = params.c - 1u;
    var wi = 0u;
    var c0: Windows;
    var c1: Windows;
    var c2: Windows;
    var c3: Windows;
    var c4: Windows;
    var c5: Windows;
    var c6: Windows;
    var c7: Windows;
    for (; at < end; at += step) {
        let l = dy[at + min(near, last)];
        let r = dy[at + min(far, last)];
        add(&c0, weight[wi + channel], l, r);
        add(&c1, weight[wi + min(channel + 1u, most)], l, r);
        add(&c2, weight[wi + min(channel + 2u, most)], l, r);
        add(&c3, weight[wi + min(channel + 3u, most)], l, r);
        add(&c4, weight[wi + min(channel + 4u, most)], l, r);
        add(&c5, weight[wi + min(channel + 5u, most)], l, r);
        add(&c6, weight[wi + min(channel + 6u, most)], l, r);
        add(&c7, weight[wi + min(channel + 7u, most)], l, r);
        wi += params.c;
    }

    if (!spot.inside) { return; }
    put_channel(spot, 0u, near, far, c0);
    put_channel(spot, 1u, near, far, c1);
    put_channel(spot, 2u, near, far, c2);
    put_channel(spot, 3u, near, far, c3);
    put_channel(spot, 4u, near, far, c4);
    put_channel(spot, 5u, near, far, c5);
    put_channel(spot, 6u, near, far, c6);
    put_channel(spot, 7u, near, far, c7);
}
