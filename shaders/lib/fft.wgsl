// z'[k] = sum over n of z[n] exp(-2 pi i k n / POINTS), by LANES lanes that hold 32 points each
//
// Stockham's order: passes of radix 16, MIDDLE and 16 (8 and 16 for 128 points; no middle for 256), with an exchange through workgroup memory
// between passes. A pass of radix r takes y[q + s (r p + k)] = w^(p k) sum over j of x[q + s (p + m j)] exp(-2 pi i j k / r),
// where s is the product of the radices before, m = POINTS / (r s) and w = exp(-2 pi i / (r m)). A vec4 holds two columns, so that
// memory is touched by vec4 only. All points are in named vectors: an array indexed by a loop would live in memory.
//
// The kernel declares `table`, made by kernels/stft_table.rs: a factor for each slot of each lane.
// use: lib/eight

override POINTS: u32 = 1024;
override FRAMES: u32 = 1;
override LANES: u32 = POINTS / 32;
override MIDDLE: u32 = (POINTS + 128) / 256;
override WG: u32 = FRAMES * LANES;
override WORDS: u32 = FRAMES * POINTS / 2;

var<workgroup> sh_points: array<vec4<f32>, WORDS>;

// Slots 0 to 7 and 8 to 15 of a lane.
struct Points { lo: Eight, hi: Eight }

// Spreads strides of 16 over the banks of workgroup memory.
fn bank(i: u32) -> u32 {
    return i ^ ((i >> 4u) & 7u);
}

// Results 0, 2, .. 14 come out in `lo`, 1, 3, .. 15 in `hi`.
fn dft16(z: Points) -> Points {
    let c = 0.92387953251128674; // cos(pi/8)
    let s = 0.38268343236508977;
    let h = 0.70710678118654752;
    let x = z.lo;
    let y = z.hi;
    return Points(
        dft8(Eight(x.a0 + y.a0, x.a1 + y.a1, x.a2 + y.a2, x.a3 + y.a3, x.a4 + y.a4, x.a5 + y.a5, x.a6 + y.a6, x.a7 + y.a7)),
        dft8(Eight(
            x.a0 - y.a0, complex_turn(x.a1 - y.a1, c, s), complex_turn(x.a2 - y.a2, h, h), complex_turn(x.a3 - y.a3, s, c),
            complex_quarter(x.a4 - y.a4), complex_turn(x.a5 - y.a5, -s, c), complex_turn(x.a6 - y.a6, -h, h),
            complex_turn(x.a7 - y.a7, -c, s),
        )),
    );
}

fn load8(at: u32, stride: u32) -> Eight {
    return Eight(
        sh_points[bank(at)], sh_points[bank(at + stride)], sh_points[bank(at + 2u * stride)],
        sh_points[bank(at + 3u * stride)], sh_points[bank(at + 4u * stride)], sh_points[bank(at + 5u * stride)],
        sh_points[bank(at + 6u * stride)], sh_points[bank(at + 7u * stride)],
    );
}

fn store8(at: u32, stride: u32, e: Eight) {
    sh_points[bank(at)] = e.a0; sh_points[bank(at + stride)] = e.a1;
    sh_points[bank(at + 2u * stride)] = e.a2; sh_points[bank(at + 3u * stride)] = e.a3;
    sh_points[bank(at + 4u * stride)] = e.a4; sh_points[bank(at + 5u * stride)] = e.a5;
    sh_points[bank(at + 6u * stride)] = e.a6; sh_points[bank(at + 7u * stride)] = e.a7;
}

fn left(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { return vec4(a.xy, b.xy); }
fn right(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { return vec4(a.zw, b.zw); }

// A factor for each column.
fn first_factors(e: Eight, at: u32) -> Eight {
    return Eight(
        complex_mul(e.a0, table[at]), complex_mul(e.a1, table[at + LANES]),
        complex_mul(e.a2, table[at + 2u * LANES]), complex_mul(e.a3, table[at + 3u * LANES]),
        complex_mul(e.a4, table[at + 4u * LANES]), complex_mul(e.a5, table[at + 5u * LANES]),
        complex_mul(e.a6, table[at + 6u * LANES]), complex_mul(e.a7, table[at + 7u * LANES]),
    );
}

// A factor for each of two results; both columns share it.
fn middle_factors(e: Eight, at: u32) -> Eight {
    let f = table[at]; let g = table[at + LANES]; let h = table[at + 2u * LANES]; let i = table[at + 3u * LANES];
    return Eight(
        complex_mul(e.a0, f.xyxy), complex_mul(e.a1, f.zwzw), complex_mul(e.a2, g.xyxy), complex_mul(e.a3, g.zwzw),
        complex_mul(e.a4, h.xyxy), complex_mul(e.a5, h.zwzw), complex_mul(e.a6, i.xyxy), complex_mul(e.a7, i.zwzw),
    );
}

// Slot n of a lane is pair lane + LANES n of neighbouring points (128 points: n < 8 is pair lane + 8 n, the rest lane + 4 + 8 n).
// All lanes have to be done with workgroup memory. `base` is where this frame's points start in it.
fn first_pass(lane: u32, base: u32, z: Points) {
    if (POINTS == 128u) {
        let x = first_factors(dft8(z.lo), lane);
        let y = first_factors(dft8(z.hi), lane + 8u * LANES);
        store8(base + 8u * lane, 1u, Eight(
            left(x.a0, x.a1), left(x.a2, x.a3), left(x.a4, x.a5), left(x.a6, x.a7),
            right(x.a0, x.a1), right(x.a2, x.a3), right(x.a4, x.a5), right(x.a6, x.a7),
        ));
        store8(base + 8u * (lane + LANES), 1u, Eight(
            left(y.a0, y.a1), left(y.a2, y.a3), left(y.a4, y.a5), left(y.a6, y.a7),
            right(y.a0, y.a1), right(y.a2, y.a3), right(y.a4, y.a5), right(y.a6, y.a7),
        ));
    } else {
        let y = dft16(z);
        let even = first_factors(y.lo, lane);
        let odd = first_factors(y.hi, lane + 8u * LANES);
        store8(base + 16u * lane, 1u, Eight(
            left(even.a0, odd.a0), left(even.a1, odd.a1), left(even.a2, odd.a2), left(even.a3, odd.a3),
            left(even.a4, odd.a4), left(even.a5, odd.a5), left(even.a6, odd.a6), left(even.a7, odd.a7),
        ));
        store8(base + 16u * lane + 8u, 1u, Eight(
            right(even.a0, odd.a0), right(even.a1, odd.a1), right(even.a2, odd.a2), right(even.a3, odd.a3),
            right(even.a4, odd.a4), right(even.a5, odd.a5), right(even.a6, odd.a6), right(even.a7, odd.a7),
        ));
    }
    workgroupBarrier();
}

// Slot n is row n % MIDDLE of butterfly n / MIDDLE.
fn middle_load(at: u32, n: u32) -> vec4<f32> {
    return sh_points[bank(at + 8u * (MIDDLE * (n / MIDDLE) + 16u * (n % MIDDLE)))];
}

fn middle_store(at: u32, n: u32, value: vec4<f32>) {
    sh_points[bank(at + 8u * (MIDDLE * MIDDLE * (n / MIDDLE) + n % MIDDLE))] = value;
}

fn middle_dft(e: Eight) -> Eight {
    if (MIDDLE == 2u) { return dft2x4(e); }
    if (MIDDLE == 4u) { return dft4x2(e); }
    return dft8(e);
}

fn middle_pass(lane: u32, base: u32) {
    if (MIDDLE == 1u) { return; }
    let at = base + lane;
    var x = Eight(
        middle_load(at, 0u), middle_load(at, 1u), middle_load(at, 2u), middle_load(at, 3u),
        middle_load(at, 4u), middle_load(at, 5u), middle_load(at, 6u), middle_load(at, 7u),
    );
    var y = Eight(
        middle_load(at, 8u), middle_load(at, 9u), middle_load(at, 10u), middle_load(at, 11u),
        middle_load(at, 12u), middle_load(at, 13u), middle_load(at, 14u), middle_load(at, 15u),
    );
    workgroupBarrier();
    x = middle_factors(middle_dft(x), 16u * LANES + lane);
    y = middle_factors(middle_dft(y), 20u * LANES + lane);
    let to = base + (lane & 7u) + 8u * MIDDLE * (lane >> 3u);
    middle_store(to, 0u, x.a0); middle_store(to, 1u, x.a1); middle_store(to, 2u, x.a2); middle_store(to, 3u, x.a3);
    middle_store(to, 4u, x.a4); middle_store(to, 5u, x.a5); middle_store(to, 6u, x.a6); middle_store(to, 7u, x.a7);
    middle_store(to, 8u, y.a0); middle_store(to, 9u, y.a1); middle_store(to, 10u, y.a2); middle_store(to, 11u, y.a3);
    middle_store(to, 12u, y.a4); middle_store(to, 13u, y.a5); middle_store(to, 14u, y.a6); middle_store(to, 15u, y.a7);
    workgroupBarrier();
}
