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
    let turn = fine(n);
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

// cos and sin of pi n / POINTS, at most pi / 32: the next terms of the series are below 1e-10.
fn fine(n: u32) -> vec2<f32> {
    let x = f32(n) * (3.14159265358979 / f32(POINTS));
    let s = x * x;
    return vec2(1.0 - s * (0.5 - s * (1.0 / 24.0 - s / 720.0)), x * (1.0 - s * (1.0 / 6.0 - s / 120.0)));
}

// What a lane needs for every frame: its number and that reversed, its factors.
struct Lane { index: u32, q: u32, columns: Eight, rows: Eight, exchange: Exchange, root: vec4<f32> }

fn lane_of(index: u32) -> Lane {
    return Lane(
        index, reverseBits(index) >> 29u, columns_of(index), rows_of(index), exchange_of(index), factor(16u, index),
    );
}

fn power_of(lane: Lane, points: Slots) -> Power {
    let z = lanes_dft(lane_dft(points, lane.columns, lane.rows), lane.exchange);
    let f = lane.root;
    // Slot 0 meets itself in the lane that has -q.
    let own = subgroupShuffle(z.g0.a0, reverseBits((8u - lane.q) & 7u) >> 29u);
    let zero = select(own.zwxy, own, lane.q == 0u);
    var p: Power;
    if (R == 1u) {
        p.p0 = untangle8(z.g0, zero, z.g0, f, 0u);
        p.middle = p.p0.a4;
    }
    if (R == 2u) {
        p.p0 = untangle8(z.g0, zero, z.g1, f, 0u);
        p.middle = untangle(z.g1.a0, across(z.g1.a0), f, 8u);
    }
    if (R == 4u) {
        p.p0 = untangle8(z.g0, zero, z.g3, f, 0u);
        p.p1 = untangle8(z.g1, across(z.g3.a0), z.g2, f, 1u);
        p.middle = untangle(z.g2.a0, across(z.g2.a0), f, 16u);
    }
    if (R == 8u) {
        p.p0 = untangle8(z.g0, zero, z.g7, f, 0u);
        p.p1 = untangle8(z.g1, across(z.g7.a0), z.g6, f, 1u);
        p.p2 = untangle8(z.g2, across(z.g6.a0), z.g5, f, 2u);
        p.p3 = untangle8(z.g3, across(z.g5.a0), z.g4, f, 3u);
        p.middle = untangle(z.g4.a0, across(z.g4.a0), f, 32u);
    }
    return p;
}
