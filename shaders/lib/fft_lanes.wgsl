// Z[k] = sum over n of z[n] exp(-2 pi i k n / POINTS), by the 8 lanes of a subgroup: nothing goes through workgroup memory
//
// With J = POINTS / 16 and n = 16 j + r, k = k1 + J q: a lane has the points of two neighbouring r = 2 lane + e in a vec4 for each j.
// It transforms them over j in registers (radix 8, then J / 8), turns them by exp(-2 pi i r k1 / POINTS), and the lanes transform over r among
// themselves by exchanging numbers with the lane that differs in one bit (decimation in frequency, so that results come out with the
// lane's bits reversed), and last over e. Slot k1 of lane l is then Z[k1 + J q] in xy and Z[k1 + J (q + 8)] in zw, q the reverse of l.
//
// The kernel declares `table`, made by kernels/stft_table.rs: behind the factors of lib/fft stand those of 8 lanes.
// use: lib/eight

override POINTS: u32 = 1024;
override J: u32 = POINTS / 16;
override R: u32 = J / 8;           // 1, 2, 4 or 8

// 8 R slots: slot 8 g + i is a{i} of g{g}.
struct Slots { g0: Eight, g1: Eight, g2: Eight, g3: Eight, g4: Eight, g5: Eight, g6: Eight, g7: Eight }

// What the lanes' exchange needs: signs of the three stages, factors of the first two and of the last step.
struct Exchange { signs: vec3<f32>, first: vec2<f32>, second: vec2<f32>, last: vec4<f32> }

fn exchange_of(lane: u32) -> Exchange {
    let f = factor(14u, lane);
    let bits = vec3((lane >> 2u) & 1u, (lane >> 1u) & 1u, lane & 1u);
    return Exchange(1.0 - 2.0 * vec3<f32>(bits), f.xy, f.zw, vec4(1.0, 0.0, factor(15u, lane).xy));
}

fn factor(n: u32, lane: u32) -> vec4<f32> {
    return table[41u * POINTS / 32u + 8u * n + lane];
}

// Transform over r of one slot.
fn exchange(z: vec4<f32>, x: Exchange) -> vec4<f32> {
    let a = complex_mul(z * x.signs.x + subgroupShuffleXor(z, 4u), x.first.xyxy);
    let b = complex_mul(a * x.signs.y + subgroupShuffleXor(a, 2u), x.second.xyxy);
    let c = complex_mul(b * x.signs.z + subgroupShuffleXor(b, 1u), x.last);
    return vec4(c.xy + c.zw, c.xy - c.zw);
}

fn exchange8(e: Eight, x: Exchange) -> Eight {
    return Eight(
        exchange(e.a0, x), exchange(e.a1, x), exchange(e.a2, x), exchange(e.a3, x),
        exchange(e.a4, x), exchange(e.a5, x), exchange(e.a6, x), exchange(e.a7, x),
    );
}

// exp(-2 pi i r k1 / POINTS) = f[k1 % 8] e[k1 / 8]: factors of columns, and of rows.
fn columns_of(lane: u32) -> Eight {
    return Eight(
        vec4(1.0, 0.0, 1.0, 0.0), factor(0u, lane), factor(1u, lane), factor(2u, lane),
        factor(3u, lane), factor(4u, lane), factor(5u, lane), factor(6u, lane),
    );
}

fn rows_of(lane: u32) -> Eight {
    var e: Eight;
    if (R >= 2u) { e.a1 = factor(7u, lane); }
    if (R >= 4u) {
        e.a2 = factor(8u, lane);
        e.a3 = factor(9u, lane);
    }
    if (R >= 8u) {
        e.a4 = factor(10u, lane);
        e.a5 = factor(11u, lane);
        e.a6 = factor(12u, lane);
        e.a7 = factor(13u, lane);
    }
    return e;
}

// cos and sin of 2 pi j i / 64 for columns i = 1 .. 7. As one array they would be copied wherever one is read.
struct Turns { t1: vec2<f32>, t2: vec2<f32>, t3: vec2<f32>, t4: vec2<f32>, t5: vec2<f32>, t6: vec2<f32>, t7: vec2<f32> }

const TURNS1 = Turns(
    vec2(0.995184727, 0.098017140), vec2(0.980785280, 0.195090322), vec2(0.956940336, 0.290284677), vec2(0.923879533, 0.382683432),
    vec2(0.881921264, 0.471396737), vec2(0.831469612, 0.555570233), vec2(0.773010453, 0.634393284),
);
const TURNS2 = Turns(
    vec2(0.980785280, 0.195090322), vec2(0.923879533, 0.382683432), vec2(0.831469612, 0.555570233), vec2(0.707106781, 0.707106781),
    vec2(0.555570233, 0.831469612), vec2(0.382683432, 0.923879533), vec2(0.195090322, 0.980785280),
);
const TURNS3 = Turns(
    vec2(0.956940336, 0.290284677), vec2(0.831469612, 0.555570233), vec2(0.634393284, 0.773010453), vec2(0.382683432, 0.923879533),
    vec2(0.098017140, 0.995184727), vec2(-0.195090322, 0.980785280), vec2(-0.471396737, 0.881921264),
);
const TURNS4 = Turns(
    vec2(0.923879533, 0.382683432), vec2(0.707106781, 0.707106781), vec2(0.382683432, 0.923879533), vec2(0.0, 1.000000000),
    vec2(-0.382683432, 0.923879533), vec2(-0.707106781, 0.707106781), vec2(-0.923879533, 0.382683432),
);
const TURNS5 = Turns(
    vec2(0.881921264, 0.471396737), vec2(0.555570233, 0.831469612), vec2(0.098017140, 0.995184727), vec2(-0.382683432, 0.923879533),
    vec2(-0.773010453, 0.634393284), vec2(-0.980785280, 0.195090322), vec2(-0.956940336, -0.290284677),
);
const TURNS6 = Turns(
    vec2(0.831469612, 0.555570233), vec2(0.382683432, 0.923879533), vec2(-0.195090322, 0.980785280), vec2(-0.707106781, 0.707106781),
    vec2(-0.980785280, 0.195090322), vec2(-0.923879533, -0.382683432), vec2(-0.555570233, -0.831469612),
);
const TURNS7 = Turns(
    vec2(0.773010453, 0.634393284), vec2(0.195090322, 0.980785280), vec2(-0.471396737, 0.881921264), vec2(-0.923879533, 0.382683432),
    vec2(-0.956940336, -0.290284677), vec2(-0.555570233, -0.831469612), vec2(0.098017140, -0.995184727),
);

// A row's columns turned by its own angles, and by the lane's factors of the columns.
fn turned(e: Eight, f: Eight, t: Turns) -> Eight {
    let y = mul8(e, f);
    return Eight(
        y.a0, complex_turn(y.a1, t.t1.x, t.t1.y), complex_turn(y.a2, t.t2.x, t.t2.y), complex_turn(y.a3, t.t3.x, t.t3.y),
        complex_turn(y.a4, t.t4.x, t.t4.y), complex_turn(y.a5, t.t5.x, t.t5.y), complex_turn(y.a6, t.t6.x, t.t6.y),
        complex_turn(y.a7, t.t7.x, t.t7.y),
    );
}

fn scaled8(e: Eight, factor: vec4<f32>) -> Eight {
    return Eight(
        complex_mul(e.a0, factor), complex_mul(e.a1, factor), complex_mul(e.a2, factor), complex_mul(e.a3, factor),
        complex_mul(e.a4, factor), complex_mul(e.a5, factor), complex_mul(e.a6, factor), complex_mul(e.a7, factor),
    );
}

struct Four { a: Eight, b: Eight, c: Eight, d: Eight }

fn dft4_rows(a: Eight, b: Eight, c: Eight, d: Eight) -> Four {
    let e = add8(a, c); let f = sub8(a, c); let g = add8(b, d); let h = quarter8(sub8(b, d));
    return Four(add8(e, g), add8(f, h), sub8(e, g), sub8(f, h));
}

// Slot g of `x` is the points of rows j = R i + g, i = 0 .. 7, in a{i}; comes back as slots k1. Slots from R on are not touched.
fn lane_dft(x: Slots, f: Eight, e: Eight) -> Slots {
    var z: Slots;
    let y0 = mul8(dft8(x.g0), f);
    if (R == 1u) { z.g0 = y0; }
    if (R == 2u) {
        let y1 = turned(dft8(x.g1), f, TURNS4);
        z.g0 = add8(y0, y1);
        z.g1 = scaled8(sub8(y0, y1), e.a1);
    }
    if (R == 4u) {
        let q = dft4_rows(y0, turned(dft8(x.g1), f, TURNS2), turned(dft8(x.g2), f, TURNS4), turned(dft8(x.g3), f, TURNS6));
        z.g0 = q.a;
        z.g1 = scaled8(q.b, e.a1);
        z.g2 = scaled8(q.c, e.a2);
        z.g3 = scaled8(q.d, e.a3);
    }
    if (R == 8u) {
        let y1 = turned(dft8(x.g1), f, TURNS1);
        let y2 = turned(dft8(x.g2), f, TURNS2);
        let y3 = turned(dft8(x.g3), f, TURNS3);
        let y4 = turned(dft8(x.g4), f, TURNS4);
        let y5 = turned(dft8(x.g5), f, TURNS5);
        let y6 = turned(dft8(x.g6), f, TURNS6);
        let y7 = turned(dft8(x.g7), f, TURNS7);
        let h = 0.70710678118654752;
        let even = dft4_rows(add8(y0, y4), add8(y1, y5), add8(y2, y6), add8(y3, y7));
        let odd = dft4_rows(
            sub8(y0, y4), turn8(sub8(y1, y5), h, h), quarter8(sub8(y2, y6)), turn8(sub8(y3, y7), -h, h),
        );
        z = Slots(
            even.a, scaled8(odd.a, e.a1), scaled8(even.b, e.a2), scaled8(odd.b, e.a3),
            scaled8(even.c, e.a4), scaled8(odd.c, e.a5), scaled8(even.d, e.a6), scaled8(odd.d, e.a7),
        );
    }
    return z;
}

// Transform over r of all slots.
fn lanes_dft(x: Slots, e: Exchange) -> Slots {
    var z: Slots;
    z.g0 = exchange8(x.g0, e);
    if (R >= 2u) { z.g1 = exchange8(x.g1, e); }
    if (R >= 4u) {
        z.g2 = exchange8(x.g2, e);
        z.g3 = exchange8(x.g3, e);
    }
    if (R >= 8u) {
        z.g4 = exchange8(x.g4, e);
        z.g5 = exchange8(x.g5, e);
        z.g6 = exchange8(x.g6, e);
        z.g7 = exchange8(x.g7, e);
    }
    return z;
}
