// Rows that a lane each owns, `params.n` vec4s of `params.numbers` numbers: mean and 1 / sqrt(variance + eps) from reading them once. The
// kernel says what it reads: four(i), the i-th vec4. Reads `params`.
// use: lib/grid

// Of `count` numbers their mean, and the sum of their squared distances from it.
struct Spread { count: f32, mean: f32, squares: f32 }

// Those of both (Chan, Golub & LeVeque 1979).
fn both(a: Spread, b: Spread) -> Spread {
    let count = a.count + b.count;
    let share = b.count / count;
    let apart = b.mean - a.mean;
    return Spread(count, a.mean + apart * share, a.squares + b.squares + apart * apart * a.count * share);
}

fn spread_of_four(x: vec4<f32>) -> Spread {
    let mean = dot(x, vec4(0.25));
    let d = x - mean;
    return Spread(4.0, mean, dot(d, d));
}

fn spread_of_sixteen(x: mat4x4<f32>) -> Spread {
    let mean = dot(x[0] + x[1] + x[2] + x[3], vec4(0.0625));
    let a = x[0] - mean;
    let b = x[1] - mean;
    let c = x[2] - mean;
    let d = x[3] - mean;
    return Spread(16.0, mean, dot(a * a + b * b + c * c + d * d, vec4(1.0)));
}

struct Moments { mean: f32, rstd: f32 }

fn moments_from(base: u32) -> Moments {
    var all = Spread(0.0, 0.0, 0.0);
    let whole = params.n / 4u * 4u;
    for (var k = base; k < base + whole; k += 4u) {
        all = both(all, spread_of_sixteen(mat4x4<f32>(four(k), four(k + 1u), four(k + 2u), four(k + 3u))));
    }
    for (var k = base + whole; k < base + params.n; k++) { all = both(all, spread_of_four(four(k))); }
    return Moments(all.mean, inverseSqrt(all.squares / params.numbers + params.eps));
}
