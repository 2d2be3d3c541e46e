// g[b,t,n] = windows[rows[t],n] Re(sum over k of dy[b,k,t] exp(2 pi i k n / n_fft))
//
// dy (B,F,T,2), F = n_fft / 2 + 1    windows (R,n_fft)    rows (T) words    g (B,T,n_fft)
// The transpose of stft before its frames are added up. LANES invocations own a frame. Writes.
//
// With H[0] = Re dy[0], H[F-1] = Re dy[F-1], else H[k] = dy[k] / 2, the sum is that of the mirrored spectrum H. Pairs of samples, as
// complex numbers, have the spectrum Z[k] = S + i exp(pi i k / POINTS) D with S, D = H[k] +- H*[POINTS - k]; to transform Z back is to
// transform Z* and to conjugate.
// use: lib/grid
// use: lib/fft

struct Params {
    frames: u32,           // T
    n_fft: u32,
    batch: u32,            // B
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> g: array<vec4<f32>>;

// Bins of the transform from bin to bin of dy: above 1 where n_fft is below 2 POINTS.
override STRETCH: u32 = 1;

fn half_spectrum(b: u32, t: u32, k: u32) -> vec2<f32> {
    if (k % STRETCH != 0u) { return vec2(0.0); }
    let v = dy[(b * (params.n_fft / 2u + 1u) + k / STRETCH) * params.frames + t];
    return select(0.5 * v, vec2(v.x, 0.0), k == 0u || k == POINTS);
}

// Z* of the two points of slot n, in the order of first_pass.
fn conjugate(lane: u32, b: u32, t: u32, n: u32) -> vec4<f32> {
    var k = 2u * (lane + LANES * n);
    if (POINTS == 128u) { k = 2u * (lane + LANES * (n / 8u) + 8u * (n % 8u)); }
    let h = vec4(half_spectrum(b, t, k), half_spectrum(b, t, k + 1u));
    let mirror = complex_conj(vec4(half_spectrum(b, t, POINTS - k), half_spectrum(b, t, POINTS - k - 1u)));
    let turned = complex_mul(complex_conj(h - mirror), table[25u * LANES + k / 2u]);
    return complex_conj(h + mirror) + complex_quarter(turned);
}

fn put(frame: u32, window: u32, i: u32, z: vec4<f32>) {
    if (4u * i >= params.n_fft) { return; }
    g[frame * (params.n_fft / 4u) + i] = complex_conj(z) * windows[window + i];
}

@compute @workgroup_size(WG)
fn stft_grad_input_frames(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let lane = lid / FRAMES;
    let base = (lid % FRAMES) * (POINTS / 2u);
    let i = flat_group(wg, groups) * FRAMES + lid % FRAMES;
    let inside = i < params.batch * params.frames;
    let b = select(0u, i / params.frames, inside);
    let t = select(0u, i % params.frames, inside);

    let spectrum = Points(
        Eight(
            conjugate(lane, b, t, 0u),
            conjugate(lane, b, t, 1u),
            conjugate(lane, b, t, 2u),
            conjugate(lane, b, t, 3u),
            conjugate(lane, b, t, 4u),
            conjugate(lane, b, t, 5u),
            conjugate(lane, b, t, 6u),
            conjugate(lane, b, t, 7u),
        ),
        Eight(
            conjugate(lane, b, t, 8u),
            conjugate(lane, b, t, 9u),
            conjugate(lane, b, t, 10u),
            conjugate(lane, b, t, 11u),
            conjugate(lane, b, t, 12u),
            conjugate(lane, b, t, 13u),
            conjugate(lane, b, t, 14u),
            conjugate(lane, b, t, 15u),
        ),
    );
    first_pass(lane, base, spectrum);
    middle_pass(lane, base);
    let z = dft16(Points(load8(base + lane, LANES), load8(base + lane + 8u * LANES, LANES)));

    if (!inside) { return; }
    let window = rows[t] * (params.n_fft / 4u);
    put(i, window, lane + 0u * LANES, z.lo.a0); put(i, window, lane + 1u * LANES, z.hi.a0);
    put(i, window, lane + 2u * LANES, z.lo.a1); put(i, window, lane + 3u * LANES, z.hi.a1);
    put(i, window, lane + 4u * LANES, z.lo.a2); put(i, window, lane + 5u * LANES, z.hi.a2);
    put(i, window, lane + 6u * LANES, z.lo.a3); put(i, window, lane + 7u * LANES, z.hi.a3);
    put(i, window, lane + 8u * LANES, z.lo.a4); put(i, window, lane + 9u * LANES, z.hi.a4);
    put(i, window, lane + 10u * LANES, z.lo.a5); put(i, window, lane + 11u * LANES, z.hi.a5);
    put(i, window, lane + 12u * LANES, z.lo.a6); put(i, window, lane + 13u * LANES, z.hi.a6);
    put(i, window, lane + 14u * LANES, z.lo.a7); put(i, window, lane + 15u * LANES, z.hi.a7);
}
