// What becomes of a small image's pixels: windows of a large one, of eight channels. Reads `params`, writes `dx`.
// use: lib/patch
// use: lib/outer

// Four pixels (a row) under each of four taps (a column), of two vec4s.
struct Windows { near: mat4x4<f32>, far: mat4x4<f32> }

fn add(all: ptr<function, Windows>, taps: vec4<f32>, near: vec4<f32>, far: vec4<f32>) {
    (*all).near += outer(taps, near);
    (*all).far += outer(taps, far);
}

fn put(at: u32, taps: mat4x4<f32>) {
    dx[at] = vec4(taps[0].x, taps[1].x, taps[0].y, taps[1].y);
    dx[at + 1u] = vec4(taps[0].z, taps[1].z, taps[0].w, taps[1].w);
    let below = at + 2u * params.w4;
    dx[below] = vec4(taps[2].x, taps[3].x, taps[2].y, taps[3].y);
    dx[below + 1u] = vec4(taps[2].z, taps[3].z, taps[2].w, taps[3].w);
}

fn put_channel(spot: Spot, c: u32, near: u32, far: u32, all: Windows) {
    let channel = spot.panel * 8u + c;
    if (channel >= params.c) { return; }
    let image = params.large_first + image_of(spot, params.c, channel, 4u * params.small4);
    if (near < params.small4) { put(image + above(near), all.near); }
    if (far < params.small4) { put(image + above(far), all.far); }
}
