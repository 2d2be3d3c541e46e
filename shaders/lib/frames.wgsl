// Windowed frames of real samples, two neighbouring samples a point.
//
// The kernel declares the bindings `x` (the same memory as `x4`), `windows` (R,n_fft) and `rows` (T) too. Frames that lie inside the signal
// are read by vec4; EDGE says that this dispatch has other ones.
// use: lib/samples
// use: lib/fft

override EDGE: bool = false;
override REFLECT: bool = false;
// Bins of the transform from bin to bin of y: above 1 where n_fft is below 2 POINTS.
override STRETCH: u32 = 1;

fn sample(row: u32, i: i32) -> f32 {
    let last = i32(params.samples) - 1;
    if (REFLECT) {
        let period = 2 * last;
        let folded = abs(i) % period;
        return x[row + u32(min(folded, period - folded))];
    }
    return select(0.0, x[row + u32(clamp(i, 0, last))], i >= 0 && i <= last);
}

// Samples 4 i .. 4 i + 3 of any frame.
fn samples4(row: u32, first_sample: i32, i: u32) -> vec4<f32> {
    if (!EDGE) { return inside4(row, first_sample, i); }
    let at = first_sample + i32(4u * i);
    return vec4(sample(row, at), sample(row, at + 1), sample(row, at + 2), sample(row, at + 3));
}

fn windowed(row: u32, first_sample: i32, window: u32, i: u32) -> vec4<f32> {
    // Beyond a short frame are zeros.
    if (EDGE && 4u * i >= params.n_fft) { return vec4(0.0); }
    return samples4(row, first_sample, i) * windows[window + i];
}

// Frame t of row b of x, as first_pass takes it.
fn frame(lane: u32, b: u32, t: u32) -> Points {
    let row = b * params.samples;
    let first_sample = params.start + i32(t * params.hop);
    let window = rows[t] * (params.n_fft / 4u);
    let step = select(LANES, 8u, POINTS == 128u);
    let half = select(8u * LANES, LANES, POINTS == 128u) + lane;
    return Points(
        Eight(
            windowed(row, first_sample, window, lane), windowed(row, first_sample, window, lane + step),
            windowed(row, first_sample, window, lane + 2u * step), windowed(row, first_sample, window, lane + 3u * step),
            windowed(row, first_sample, window, lane + 4u * step), windowed(row, first_sample, window, lane + 5u * step),
            windowed(row, first_sample, window, lane + 6u * step), windowed(row, first_sample, window, lane + 7u * step),
        ),
        Eight(
            windowed(row, first_sample, window, half), windowed(row, first_sample, window, half + step),
            windowed(row, first_sample, window, half + 2u * step), windowed(row, first_sample, window, half + 3u * step),
            windowed(row, first_sample, window, half + 4u * step), windowed(row, first_sample, window, half + 5u * step),
            windowed(row, first_sample, window, half + 6u * step), windowed(row, first_sample, window, half + 7u * step),
        ),
    );
}
