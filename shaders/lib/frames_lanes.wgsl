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
        inside4(row, first, i), inside4(row, first, i + s), inside4(row, first, i + 2u * s), inside4(row, first, i + 3u * s),
        inside4(row, first, i + 4u * s), inside4(row, first, i + 5u * s), inside4(row, first, i + 6u * s),
        inside4(row, first, i + 7u * s),
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
    var z: Slots;
    z.g0 = window8(at);
    if (R >= 2u) { z.g1 = window8(at + 8u); }
    if (R >= 4u) {
        z.g2 = window8(at + 16u);
        z.g3 = window8(at + 24u);
    }
    if (R >= 8u) {
        z.g4 = window8(at + 32u);
        z.g5 = window8(at + 40u);
        z.g6 = window8(at + 48u);
        z.g7 = window8(at + 56u);
    }
    return z;
}

// The frame that starts at `first` of the row of x that starts at `row`.
fn frame_of(row: u32, first: i32, lane: u32) -> Slots {
    var z: Slots;
    z.g0 = samples8(row, first, lane);
    if (R >= 2u) { z.g1 = samples8(row, first, lane + 8u); }
    if (R >= 4u) {
        z.g2 = samples8(row, first, lane + 16u);
        z.g3 = samples8(row, first, lane + 24u);
    }
    if (R >= 8u) {
        z.g4 = samples8(row, first, lane + 32u);
        z.g5 = samples8(row, first, lane + 40u);
        z.g6 = samples8(row, first, lane + 48u);
        z.g7 = samples8(row, first, lane + 56u);
    }
    return z;
}

fn slide8(e: Eight, first: i32, i: u32) -> Eight {
    let s = 8u * R;
    let h = inside4(0u, first, i + 7u * s);
    var z = Eight(e.a1, e.a2, e.a3, e.a4, e.a5, e.a6, e.a7, h);
    if (SLIDE >= 2u) { z = Eight(e.a2, e.a3, e.a4, e.a5, e.a6, e.a7, inside4(0u, first, i + 6u * s), h); }
    if (SLIDE == 4u) {
        let f = inside4(0u, first, i + 5u * s);
        z = Eight(e.a4, e.a5, e.a6, e.a7, inside4(0u, first, i + 4u * s), f, z.a6, h);
    }
    return z;
}

// The frame that starts at `first` of x, one signal, from the frame before it.
fn next_frame(x: Slots, first: i32, lane: u32) -> Slots {
    var z: Slots;
    z.g0 = slide8(x.g0, first, lane);
    if (R >= 2u) { z.g1 = slide8(x.g1, first, lane + 8u); }
    if (R >= 4u) {
        z.g2 = slide8(x.g2, first, lane + 16u);
        z.g3 = slide8(x.g3, first, lane + 24u);
    }
    if (R >= 8u) {
        z.g4 = slide8(x.g4, first, lane + 32u);
        z.g5 = slide8(x.g5, first, lane + 40u);
        z.g6 = slide8(x.g6, first, lane + 48u);
        z.g7 = slide8(x.g7, first, lane + 56u);
    }
    return z;
}

fn times8(x: Eight, y: Eight) -> Eight {
    return Eight(x.a0 * y.a0, x.a1 * y.a1, x.a2 * y.a2, x.a3 * y.a3, x.a4 * y.a4, x.a5 * y.a5, x.a6 * y.a6, x.a7 * y.a7);
}

fn windowed(x: Slots, w: Slots) -> Slots {
    var z: Slots;
    z.g0 = times8(x.g0, w.g0);
    if (R >= 2u) { z.g1 = times8(x.g1, w.g1); }
    if (R >= 4u) {
        z.g2 = times8(x.g2, w.g2);
        z.g3 = times8(x.g3, w.g3);
    }
    if (R >= 8u) {
        z.g4 = times8(x.g4, w.g4);
        z.g5 = times8(x.g5, w.g5);
        z.g6 = times8(x.g6, w.g6);
        z.g7 = times8(x.g7, w.g7);
    }
    return z;
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
