// Squared magnitudes of the spectrum of 2 POINTS real samples from the transform of pairs of them: with E = (Z[k] + Z*[-k]) / 2 and
// O = (Z[k] - Z*[-k]) / 2i, X[k] = E + exp(-pi i k / POINTS) O and X[-k] = (E - exp(-pi i k / POINTS) O)*.
//
// Slot k1 of lane l meets slot J - k1 of lane 7 - l, whose bits are all others.
// use: lib/fft_lanes

// |X|^2 of bins k1 + J q, k1 + J (q + 8), and of POINTS less each of them: slots 0 .. J / 2 - 1, eight of them a part, and slot J / 2.
struct Power { p0: Eight, p1: Eight, p2: Eight, p3: Eight, middle: vec4<f32> }

// Slot n with what it meets; `root` is exp(-pi i J q / POINTS) and that for q + 8, times -i.
fn untangle(z: vec4<f32>, partner: vec4<f32>, root: vec4<f32>, n: u32) -> vec4<f32> {
    let other = complex_conj(partner);
    let e = 0.5 * (z + other);
    let turn = FINE[n * (64u / J)];
    let o = complex_mul(0.5 * (z - other), complex_turn(root, turn.x, turn.y));
    let x = e + o;
    let y = e - o;
    let s = x * x;
    let t = y * y;
    return vec4(s.x + s.y, s.z + s.w, t.x + t.y, t.z + t.w);
}

fn across(z: vec4<f32>) -> vec4<f32> {
    return subgroupShuffleXor(z, 7u).zwxy;
}

// Slots 8 g to 8 g + 7; `first` is slot 0 of `b`'s neighbour.
fn untangle8(a: Eight, first: vec4<f32>, b: Eight, root: vec4<f32>, g: u32) -> Eight {
    return Eight(
        untangle(a.a0, first, root, 8u * g),
        untangle(a.a1, across(b.a7), root, 8u * g + 1u),
        untangle(a.a2, across(b.a6), root, 8u * g + 2u),
        untangle(a.a3, across(b.a5), root, 8u * g + 3u),
        untangle(a.a4, across(b.a4), root, 8u * g + 4u),
        untangle(a.a5, across(b.a3), root, 8u * g + 5u),
        untangle(a.a6, across(b.a2), root, 8u * g + 6u),
        untangle(a.a7, across(b.a1), root, 8u * g + 7u),
    );
}

// cos and sin of 2 pi n / 2048.
const FINE = array<vec2<f32>, 33>(
    vec2(1.000000000, 0.000000000), vec2(0.999995294, 0.003067957), vec2(0.999981175, 0.006135885), vec2(0.999957645, 0.009203755),
    vec2(0.999924702, 0.012271538), vec2(0.999882347, 0.015339206), vec2(0.999830582, 0.018406730), vec2(0.999769405, 0.021474080),
    vec2(0.999698819, 0.024541229), vec2(0.999618822, 0.027608146), vec2(0.999529418, 0.030674803), vec2(0.999430605, 0.033741172),
    vec2(0.999322385, 0.036807223), vec2(0.999204759, 0.039872928), vec2(0.999077728, 0.042938257), vec2(0.998941293, 0.046003182),
    vec2(0.998795456, 0.049067674), vec2(0.998640218, 0.052131705), vec2(0.998475581, 0.055195244), vec2(0.998301545, 0.058258265),
    vec2(0.998118113, 0.061320736), vec2(0.997925286, 0.064382631), vec2(0.997723067, 0.067443920), vec2(0.997511456, 0.070504573),
    vec2(0.997290457, 0.073564564), vec2(0.997060070, 0.076623861), vec2(0.996820299, 0.079682438), vec2(0.996571146, 0.082740265),
    vec2(0.996312612, 0.085797312), vec2(0.996044701, 0.088853553), vec2(0.995767414, 0.091908956), vec2(0.995480755, 0.094963495),
    vec2(0.995184727, 0.098017140),
);

// What a lane needs for every frame: its number and that reversed, its factors.
struct Lane { index: u32, q: u32, columns: Eight, rows: Eight, exchange: Exchange, root: vec4<f32> }

fn lane_of(index: u32) -> Lane {
    return Lane(
        index, reverseBits(index) >> 29u, columns_of(index), rows_of(index), exchange_of(index), factor(16u, index),
    );
}

fn power_of(lane: Lane, points: Slots) -> Power {
    let x = lane_dft(points, lane.columns, lane.rows);
    let e = lane.exchange;
    let z = Slots(
        exchange8(x.g0, e), exchange8(x.g1, e), exchange8(x.g2, e), exchange8(x.g3, e),
        exchange8(x.g4, e), exchange8(x.g5, e), exchange8(x.g6, e), exchange8(x.g7, e),
    );
    let f = lane.root;
    // Slot 0 meets itself in the lane that has -q.
    let own = subgroupShuffle(z.g0.a0, reverseBits((8u - lane.q) & 7u) >> 29u);
    let zero = select(own.zwxy, own, lane.q == 0u);
    if (R == 1u) {
        let p = untangle8(z.g0, zero, z.g0, f, 0u);
        return Power(p, p, p, p, p.a4);
    }
    if (R == 2u) {
        let p = untangle8(z.g0, zero, z.g1, f, 0u);
        return Power(p, p, p, p, untangle(z.g1.a0, across(z.g1.a0), f, 8u));
    }
    if (R == 4u) {
        let p = untangle8(z.g0, zero, z.g3, f, 0u);
        let s = untangle8(z.g1, across(z.g3.a0), z.g2, f, 1u);
        return Power(p, s, p, p, untangle(z.g2.a0, across(z.g2.a0), f, 16u));
    }
    return Power(
        untangle8(z.g0, zero, z.g7, f, 0u),
        untangle8(z.g1, across(z.g7.a0), z.g6, f, 1u),
        untangle8(z.g2, across(z.g6.a0), z.g5, f, 2u),
        untangle8(z.g3, across(z.g5.a0), z.g4, f, 3u),
        untangle(z.g4.a0, across(z.g4.a0), f, 32u),
    );
}
