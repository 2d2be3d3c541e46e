// Which of two numbers is the maximum where NaN counts as the largest of all, as in PyTorch. NaN is told by its bits,
// because a driver may assume that comparisons see none.
fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_nan4(x: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(x) & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

// Whether `x` takes the place of the largest number so far: a tie leaves the first, a NaN takes it from a NaN.
fn exceeds(x: f32, best: f32) -> bool {
    return is_nan(x) || (x > best && !is_nan(best));
}

fn exceeds4(x: vec4<f32>, best: vec4<f32>) -> vec4<bool> {
    return is_nan4(x) | ((x > best) & !is_nan4(best));
}

// The larger of two, lane by lane, and the smaller; NaN if one of them is.
fn larger4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return select(a, b, exceeds4(b, a));
}

fn smaller4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return select(a, b, is_nan4(b) | ((b < a) & !is_nan4(a)));
}

// Whether a is above b; never where one of them is NaN.
fn above4(a: vec4<f32>, b: vec4<f32>) -> vec4<bool> {
    return (a > b) & !is_nan4(a) & !is_nan4(b);
}

// Position of the maximum of four numbers, lane by lane.
fn argmax_of_four(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> vec4<u32> {
    var take = exceeds4(b, a);
    var best = select(a, b, take);
    var at = select(vec4(0u), vec4(1u), take);
    take = exceeds4(c, best);
    best = select(best, c, take);
    at = select(at, vec4(2u), take);
    return select(at, vec4(3u), exceeds4(d, best));
}
