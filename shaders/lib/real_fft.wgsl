// The spectrum of 2 POINTS real samples from the transform of pairs of them: with E = (Z[k] + Z*[-k]) / 2 and
// O = (Z[k] - Z*[-k]) / 2i, X[k] = E + exp(-pi i k / POINTS) O. The last pass gives each lane mirrored columns, `lane` and 2 LANES - lane,
// so that Z[k] and Z[-k] meet in registers.
// use: lib/fft

// Column `lane` in xy, its mirror image in zw. Lane 0 has the two that mirror themselves, 0 and LANES.
fn mirrored_load(lane: u32, base: u32, n: u32) -> vec4<f32> {
    let mirror = select(2u * LANES - lane, LANES, lane == 0u);
    let a = sh_points[bank(base + lane / 2u + LANES * n)];
    let b = sh_points[bank(base + mirror / 2u + LANES * n)];
    return select(left(a, b), right(a, b), (lane & 1u) == 1u);
}

// Result 2 n in slot n, 2 n + 1 in slot 8 + n. Result r of the two columns is point column + 2 LANES r.
fn mirrored_pass(lane: u32, base: u32) -> Points {
    let z = Points(
        Eight(
            mirrored_load(lane, base, 0u), mirrored_load(lane, base, 1u), mirrored_load(lane, base, 2u),
            mirrored_load(lane, base, 3u), mirrored_load(lane, base, 4u), mirrored_load(lane, base, 5u),
            mirrored_load(lane, base, 6u), mirrored_load(lane, base, 7u),
        ),
        Eight(
            mirrored_load(lane, base, 8u), mirrored_load(lane, base, 9u), mirrored_load(lane, base, 10u),
            mirrored_load(lane, base, 11u), mirrored_load(lane, base, 12u), mirrored_load(lane, base, 13u),
            mirrored_load(lane, base, 14u), mirrored_load(lane, base, 15u),
        ),
    );
    return dft16(z);
}

// `z` is result r, `across` 15 - r, `around` (16 - r) % 16; `root` is exp(-pi i column / POINTS) of the two columns, and c - i s what it
// is turned by for this r, exp(-2 pi i r / 32).
fn untangle(lane: u32, z: vec4<f32>, across: vec4<f32>, around: vec4<f32>, root: vec4<f32>, c: f32, s: f32) -> vec4<f32> {
    let partner = complex_conj(select(across.zwxy, vec4(around.xy, across.zw), lane == 0u));
    let odd = complex_quarter(z - partner);
    return 0.5 * (z + partner + complex_mul(odd, complex_turn(root, c, s)));
}

// The bins of both columns, in the order of mirrored_pass.
fn bins(lane: u32, z: Points, root: vec4<f32>) -> Points {
    let x = z.lo;
    let y = z.hi;
    return Points(
        Eight(
            untangle(lane, x.a0, y.a7, x.a0, root, 1.0, 0.0),
            untangle(lane, x.a1, y.a6, x.a7, root, 0.9238795325112867, 0.3826834323650898),
            untangle(lane, x.a2, y.a5, x.a6, root, 0.7071067811865476, 0.7071067811865475),
            untangle(lane, x.a3, y.a4, x.a5, root, 0.38268343236508984, 0.9238795325112867),
            untangle(lane, x.a4, y.a3, x.a4, root, 0.0, 1.0),
            untangle(lane, x.a5, y.a2, x.a3, root, -0.3826834323650897, 0.9238795325112867),
            untangle(lane, x.a6, y.a1, x.a2, root, -0.7071067811865475, 0.7071067811865476),
            untangle(lane, x.a7, y.a0, x.a1, root, -0.9238795325112867, 0.3826834323650899),
        ),
        Eight(
            untangle(lane, y.a0, x.a7, y.a7, root, 0.9807852804032304, 0.19509032201612825),
            untangle(lane, y.a1, x.a6, y.a6, root, 0.8314696123025452, 0.5555702330196022),
            untangle(lane, y.a2, x.a5, y.a5, root, 0.5555702330196023, 0.8314696123025452),
            untangle(lane, y.a3, x.a4, y.a4, root, 0.19509032201612833, 0.9807852804032304),
            untangle(lane, y.a4, x.a3, y.a3, root, -0.1950903220161282, 0.9807852804032304),
            untangle(lane, y.a5, x.a2, y.a2, root, -0.555570233019602, 0.8314696123025455),
            untangle(lane, y.a6, x.a1, y.a1, root, -0.8314696123025453, 0.5555702330196022),
            untangle(lane, y.a7, x.a0, y.a0, root, -0.9807852804032304, 0.1950903220161286),
        ),
    );
}
