// dx[b,l] = sum over the frames t and points n that read sample l of g[b,t,n]
//
// g (B,T,n_fft)    dx (B,L)
// One invocation owns a sample and gathers: frames in order, then, where the padding mirrors, frames that see its mirror images. Writes.
// use: lib/grid

struct Params {
    samples: u32,          // L
    frames: u32,           // T
    n_fft: u32,
    hop: u32,
    start: i32,
    batch: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override WG: u32 = 64;
override REFLECT: bool = false;

// What the frames read at a position of the padded signal, counted from the first frame's start.
fn gather(b: u32, position: u32) -> f32 {
    let n_fft = params.n_fft;
    var t = 0u;
    if (position >= n_fft) { t = (position - n_fft) / params.hop + 1u; }
    var sum = 0.0;
    for (; t < params.frames && t * params.hop <= position; t++) {
        sum += g[(b * params.frames + t) * n_fft + position - t * params.hop];
    }
    return sum;
}

@compute @workgroup_size(WG)
fn stft_grad_input_overlap(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.batch * params.samples) { return; }
    let b = i / params.samples;
    let l = i32(i % params.samples);
    var sum = 0.0;
    if (REFLECT) {
        // Positions l and -l, and those whole periods away.
        let period = 2 * (i32(params.samples) - 1);
        let end = i32((params.frames - 1u) * params.hop + params.n_fft);
        let ahead = (l - params.start) % period;
        for (var at = select(ahead, ahead + period, ahead < 0); at < end; at += period) { sum += gather(b, u32(at)); }
        let back = (-l - params.start) % period;
        // The first and the last sample are their own images.
        if (2 * l % period != 0) {
            for (var at = select(back, back + period, back < 0); at < end; at += period) { sum += gather(b, u32(at)); }
        }
    } else if (l >= params.start) {
        sum = gather(b, u32(l - params.start));
    }
    dx[i] = sum;
}
