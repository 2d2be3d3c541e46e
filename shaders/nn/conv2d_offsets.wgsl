// y[k] = where tap k = (c, d, i, j) of a window lies behind the window's first element, in elements of the image that conv2d_pad makes
//
// y (channels * kernel_d * kernel_h * kernel_w, rounded up to 4) u32
// One invocation owns one element; those past the last tap are 0.
// use: lib/grid

struct Params {
    count: u32, taps: u32, kernel_d: u32, kernel_h: u32, kernel_w: u32,
    step_h: u32, step_w: u32, dilation_d: u32, dilation_h: u32, dilation_w: u32,
    slices: u32, rows: u32, row: u32,  // images of a channel's volume; of one phase: rows, elements of a row
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn conv2d_offsets(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let k = flat_index(wg, groups, lid, WG);
    if (k >= params.count) { return; }
    let j = (k % params.kernel_w) * params.dilation_w;
    let i = ((k / params.kernel_w) % params.kernel_h) * params.dilation_h;
    let rest = k / (params.kernel_w * params.kernel_h);
    let slice = rest / params.kernel_d * params.slices + rest % params.kernel_d * params.dilation_d;
    let phase = (slice * params.step_h + i % params.step_h) * params.step_w + j % params.step_w;
    y[k] = select((phase * params.rows + i / params.step_h) * params.row + j / params.step_w, 0u, k >= params.taps);
}
