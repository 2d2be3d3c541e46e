// Mean and 1 / sqrt(variance + eps) of a row of `params.n` units, each a number or a vec4, of which `params.numbers` are the numbers. The
// kernel says of unit i: total(i), the sum of its numbers, and spread(i, mean), the sum of their squared distances from the mean.
// use: lib/reduce

struct Moments { mean: f32, rstd: f32 }

// All invocations of a workgroup of WG have to call this together; each gets the result.
fn moments_from(base: u32, lid: u32) -> Moments {
    var sum = 0.0;
    for (var k = lid; k < params.n; k += WG) { sum += total(base + k); }
    let mean = group_sum(lid, sum) / params.numbers;
    sum = 0.0;
    for (var k = lid; k < params.n; k += WG) { sum += spread(base + k, mean); }
    return Moments(mean, inverseSqrt(group_sum(lid, sum) / params.numbers + params.eps));
}
