// One number from every invocation of a workgroup of WG, a power of two: a tree, so the order of the additions is always the
// same and the error grows with log2(WG). All invocations have to call these together; each gets the result.
var<workgroup> sh_reduce: array<f32, WG>;

fn group_sum(lid: u32, value: f32) -> f32 {
    sh_reduce[lid] = value;
    workgroupBarrier();
    for (var half = WG / 2u; half > 0u; half /= 2u) {
        if (lid < half) { sh_reduce[lid] += sh_reduce[lid + half]; }
        workgroupBarrier();
    }
    let sum = sh_reduce[0];
    // The next call writes the same memory.
    workgroupBarrier();
    return sum;
}

// The largest number. What NaN does is left open: callers find it in a sum.
fn group_max(lid: u32, value: f32) -> f32 {
    sh_reduce[lid] = value;
    workgroupBarrier();
    for (var half = WG / 2u; half > 0u; half /= 2u) {
        if (lid < half) { sh_reduce[lid] = max(sh_reduce[lid], sh_reduce[lid + half]); }
        workgroupBarrier();
    }
    let largest = sh_reduce[0];
    workgroupBarrier();
    return largest;
}
