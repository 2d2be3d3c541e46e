// Real samples, four neighbouring ones at a time.
//
// The kernel declares the bindings `params` (of FrameParams), `x` (B,L) and `x4` (the same memory as vec4). Frames that lie inside the
// signal are read by vec4; EDGE says that this dispatch has other ones.

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

override EDGE: bool = false;
override ALIGNED: bool = false;    // every frame starts at a multiple of four samples
override REFLECT: bool = false;

fn sample(row: u32, i: i32) -> f32 {
    let last = i32(params.samples) - 1;
    if (REFLECT) {
        let period = 2 * last;
        let folded = abs(i) % period;
        return x[row + u32(min(folded, period - folded))];
    }
    return select(0.0, x[row + u32(clamp(i, 0, last))], i >= 0 && i <= last);
}

// Samples 4 i .. 4 i + 3 of the frame that starts at `first_sample` of the row of x that starts at `row`.
fn samples4(row: u32, first_sample: i32, i: u32) -> vec4<f32> {
    let at = first_sample + i32(4u * i);
    if (EDGE) {
        return vec4(sample(row, at), sample(row, at + 1), sample(row, at + 2), sample(row, at + 3));
    }
    let word = row + u32(at);
    let a = x4[word >> 2u];
    if (ALIGNED) { return a; }
    let b = x4[(word + 3u) >> 2u];
    let shift = word & 3u;
    let one = select(a, vec4(a.yzw, b.x), shift == 1u);
    let two = select(one, vec4(a.zw, b.xy), shift == 2u);
    return select(two, vec4(a.w, b.xyz), shift == 3u);
}
