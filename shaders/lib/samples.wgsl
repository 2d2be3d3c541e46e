// Real samples, four neighbouring ones at a time.
//
// The kernel declares the bindings `params` (of FrameParams) and `x4`, signals (B,L) as vec4s.

struct FrameParams {
    samples: u32,          // L
    n_fft: u32,
    hop: u32,
    start: i32,            // where frame 0 starts
    blocks: u32,           // frames whose power is averaged into one
    first: u32,            // this dispatch: frames first .. first + count of y
    count: u32,
    batch: u32,            // B
    y_signal: u32,         // steps in y, in its own units
    y_bin: u32,
    y_frame: u32,
    tail: u32,             // zeros behind the last bin
}

override ALIGNED: bool = false;    // every frame starts at a multiple of four samples

// Samples 4 i .. 4 i + 3 of the frame that starts at `first_sample` of the row of x that starts at `row`; all of it lies inside.
fn inside4(row: u32, first_sample: i32, i: u32) -> vec4<f32> {
    let word = row + u32(first_sample) + 4u * i;
    let a = x4[word >> 2u];
    if (ALIGNED) { return a; }
    let b = x4[(word + 3u) >> 2u];
    let shift = word & 3u;
    let one = select(a, vec4(a.yzw, b.x), shift == 1u);
    let two = select(one, vec4(a.zw, b.xy), shift == 2u);
    return select(two, vec4(a.w, b.xyz), shift == 3u);
}
