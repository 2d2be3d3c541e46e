// What the gradients of the weights of 2x2 windows share that read x and dy as they are: their parameters, a walk over the rows of the
// output, the sums and their store. Reads `params`, writes `y`.

struct Params {
    c: u32, o: u32, groups: u32,                        // channels and outputs of one group
    panels: u32, blocks: u32, splits: u32, units: u32,  // tiles of the outputs, of the channels; runs of rows; all units
    rows: u32, rows_split: u32, first_split: u32,       // rows of the output, of all images and of a run
    h: u32, oh: u32, w4: u32, top: u32,                 // rows of x and of dy, vec4s of a row of either, rows of padding above x
    x_first: u32, d_first: u32,                         // vec4s
}

// A tile's outputs and channels, and a run of rows. Past the end an invocation works on a tile that is there, and is not `inside`.
struct Spot { inside: bool, split: u32, group: u32, panel: u32, block: u32, first: u32, end: u32 }

fn spot_of(i: u32) -> Spot {
    let unit = min(i, params.units - 1u);
    var rest = unit / params.blocks;
    let panel = rest % params.panels;
    rest /= params.panels;
    let split = rest / params.groups;
    let first = min(split * params.rows_split, params.rows);
    return Spot(
        i < params.units, split, rest % params.groups, panel, unit % params.blocks,
        first, min(first + params.rows_split, params.rows),
    );
}

// Row h of an output: the vec4s where a group's first channel begins in x, where the row begins in dy's first, and what lies under the
// upper and the lower taps in x's first. What is not there is read from x's first row, and dropped.
struct Row { h: u32, x: u32, d: u32, upper: u32, lower: u32, has_upper: bool, has_lower: bool }

fn row_at(h: u32, x: u32, d: u32) -> Row {
    let upper = h - params.top;  // wraps above x
    let lower = upper + 1u;
    let has_upper = upper < params.h;
    let has_lower = lower < params.h;
    return Row(
        h, x, d, x + select(0u, upper, has_upper) * params.w4, x + select(0u, lower, has_lower) * params.w4, has_upper, has_lower,
    );
}

// Row r of all images.
fn row_of(r: u32, group: u32) -> Row {
    let h = r % params.oh;
    let plane = r / params.oh * params.groups + group;
    return row_at(
        h, params.x_first + plane * params.c * params.h * params.w4,
        params.d_first + (plane * params.o * params.oh + h) * params.w4,
    );
}

fn next(row: Row) -> Row {
    let ends = row.h + 1u == params.oh;
    let x_image = params.groups * params.c * params.h * params.w4;
    let d_others = (params.groups * params.o - 1u) * params.oh * params.w4;
    return row_at(
        select(row.h + 1u, 0u, ends), row.x + select(0u, x_image, ends), row.d + params.w4 + select(0u, d_others, ends),
    );
}

// Where a channel begins behind the group's first, in vec4s; one past the last is the last.
fn channel_at(channel: u32) -> u32 {
    return min(channel, params.c - 1u) * params.h * params.w4;
}

fn output_at(output: u32) -> u32 {
    return min(output, params.o - 1u) * params.oh * params.w4;
}

// sums (a column a tap, a row an output) + four pixels of x, of an upper and a lower row, times the pixels of dy whose taps they are under:
// the same four (a column each) for the left taps, and from the one before on for the right.
fn add_taps(sums: mat4x4<f32>, before: vec4<f32>, dy: mat4x4<f32>, upper: vec4<f32>, lower: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        sums[0] + upper.x * dy[0] + upper.y * dy[1] + upper.z * dy[2] + upper.w * dy[3],
        sums[1] + upper.x * before + upper.y * dy[0] + upper.z * dy[1] + upper.w * dy[2],
        sums[2] + lower.x * dy[0] + lower.y * dy[1] + lower.z * dy[2] + lower.w * dy[3],
        sums[3] + lower.x * before + lower.y * dy[0] + lower.z * dy[1] + lower.w * dy[2],
    );
}

// Writes the sums of a channel and of four outputs.
fn put_taps(spot: Spot, output: u32, channel: u32, sums: mat4x4<f32>) {
    if (!spot.inside || channel >= params.c) { return; }
    let by_output = transpose(sums);
    let row = ((params.first_split + spot.split) * params.groups + spot.group) * params.o + output;
    let at = row * params.c + channel;
    if (output < params.o) { y[at] = by_output[0]; }
    if (output + 1u < params.o) { y[at + params.c] = by_output[1]; }
    if (output + 2u < params.o) { y[at + 2u * params.c] = by_output[2]; }
    if (output + 3u < params.o) { y[at + 3u * params.c] = by_output[3]; }
}
