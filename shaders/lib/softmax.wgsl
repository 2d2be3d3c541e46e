// What every kernel of a softmax asks of a row first. A workgroup of WG has a row of `params.n` numbers; number(i), the kernel's, is
// the i-th of all rows.
// use: lib/reduce

const LOWEST = -3.4028234663852886e38;

// The largest number of a row, and the sum over the row of exp(number - largest): so no exponential overflows.
struct Row { largest: f32, sum: f32 }

// All invocations have to call this together; each gets the result.
fn row_from(base: u32, lid: u32) -> Row {
    var largest = LOWEST;
    for (var k = lid; k < params.n; k += WG) { largest = max(largest, number(base + k)); }
    largest = group_max(lid, largest);
    var sum = 0.0;
    for (var k = lid; k < params.n; k += WG) { sum += exp(number(base + k) - largest); }
    return Row(largest, group_sum(lid, sum));
}
