// Windowed frames of real samples for the lanes of a subgroup, and their power.
//
// The kernel declares the binding `windows` (R,n_fft) too. All frames lie inside the signal.
// use: lib/grid
// use: lib/samples
// use: lib/real_fft_lanes

override FRAMES: u32 = 8;          // neighbouring frames of y, one after the other
// By how many of its eight vec4s a slot moves on from frame to frame, so that the others need not be read again: 1, 2, 4; 0 to read all.
override SLIDE: u32 = 0;

// Vec4s at, at + 8 R, ... of each of the slots' rows.
fn samples8(row: u32, first: i32, i: u32) -> Eight {
    let s = 8u * R;
    return Eight(
        samples4(row, first, i), samples4(row, first, i + s), samples4(row, first, i + 2u * s), samples4(row, first, i + 3u * s),
        samples4(row, first, i + 4u * s), samples4(row, first, i + 5u * s), samples4(row, first, i + 6u * s),
        samples4(row, first, i + 7u * s),
    );
}

fn window8(at: u32) -> Eight {
    let s = 8u * R;
    return Eight(
        windows[at], windows[at + s], windows[at + 2u * s], windows[at + 3u * s],
        windows[at + 4u * s], windows[at + 5u * s], windows[at + 6u * s], windows[at + 7u * s],
    );
}

fn window_of(kind: u32, lane: u32) -> Slots {
    let at = kind * (POINTS / 2u) + lane;
    let a = window8(at);
    if (R == 1u) { return Slots(a, a, a, a, a, a, a, a); }
    let b = window8(at + 8u);
    if (R == 2u) { return Slots(a, b, a, a, a, a, a, a); }
    let c = window8(at + 16u);
    let d = window8(at + 24u);
    if (R == 4u) { return Slots(a, b, c, d, a, a, a, a); }
    return Slots(a, b, c, d, window8(at + 32u), window8(at + 40u), window8(at + 48u), window8(at + 56u));
}

fn frame_of(row: u32, first: i32, lane: u32) -> Slots {
    let a = samples8(row, first, lane);
    if (R == 1u) { return Slots(a, a, a, a, a, a, a, a); }
    let b = samples8(row, first, lane + 8u);
    if (R == 2u) { return Slots(a, b, a, a, a, a, a, a); }
    let c = samples8(row, first, lane + 16u);
    let d = samples8(row, first, lane + 24u);
    if (R == 4u) { return Slots(a, b, c, d, a, a, a, a); }
    return Slots(
        a, b, c, d, samples8(row, first, lane + 32u), samples8(row, first, lane + 40u), samples8(row, first, lane + 48u),
        samples8(row, first, lane + 56u),
    );
}

fn slide8(e: Eight, row: u32, first: i32, i: u32) -> Eight {
    let s = 8u * R;
    let h = samples4(row, first, i + 7u * s);
    if (SLIDE == 1u) { return Eight(e.a1, e.a2, e.a3, e.a4, e.a5, e.a6, e.a7, h); }
    let g = samples4(row, first, i + 6u * s);
    if (SLIDE == 2u) { return Eight(e.a2, e.a3, e.a4, e.a5, e.a6, e.a7, g, h); }
    return Eight(
        e.a4, e.a5, e.a6, e.a7, samples4(row, first, i + 4u * s), samples4(row, first, i + 5u * s), g, h,
    );
}

// The frame that starts at `first`, from the one before it.
fn next_frame(z: Slots, row: u32, first: i32, lane: u32) -> Slots {
    if (SLIDE == 0u) { return frame_of(row, first, lane); }
    let a = slide8(z.g0, row, first, lane);
    if (R == 1u) { return Slots(a, a, a, a, a, a, a, a); }
    let b = slide8(z.g1, row, first, lane + 8u);
    if (R == 2u) { return Slots(a, b, a, a, a, a, a, a); }
    let c = slide8(z.g2, row, first, lane + 16u);
    let d = slide8(z.g3, row, first, lane + 24u);
    if (R == 4u) { return Slots(a, b, c, d, a, a, a, a); }
    return Slots(
        a, b, c, d, slide8(z.g4, row, first, lane + 32u), slide8(z.g5, row, first, lane + 40u),
        slide8(z.g6, row, first, lane + 48u), slide8(z.g7, row, first, lane + 56u),
    );
}

fn times8(x: Eight, y: Eight) -> Eight {
    return Eight(x.a0 * y.a0, x.a1 * y.a1, x.a2 * y.a2, x.a3 * y.a3, x.a4 * y.a4, x.a5 * y.a5, x.a6 * y.a6, x.a7 * y.a7);
}

fn windowed(x: Slots, w: Slots) -> Slots {
    return Slots(
        times8(x.g0, w.g0), times8(x.g1, w.g1), times8(x.g2, w.g2), times8(x.g3, w.g3),
        times8(x.g4, w.g4), times8(x.g5, w.g5), times8(x.g6, w.g6), times8(x.g7, w.g7),
    );
}

// Where frame t starts in x, and the frames of this workgroup: each is frame first + i % count of signal i / count.
fn start_of(t: u32) -> i32 {
    return params.start + i32(t * params.hop);
}

struct Group { begin: u32, end: u32 }

fn group_of(wg: vec3<u32>, groups: vec3<u32>) -> Group {
    let begin = flat_group(wg, groups) * FRAMES;
    return Group(begin, min(begin + FRAMES, params.batch * params.count));
}
