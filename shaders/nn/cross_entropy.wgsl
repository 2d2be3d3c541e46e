// loss[r] = sum over k of targets[r,k] * (log(sum over j of exp(logits[r,j])) - logits[r,k])
//
// logits, targets (ROWS,N)    loss (ROWS). One workgroup owns one row's loss and writes it once. The largest logit is taken
// off first, so no exponential overflows.
// use: lib/grid
// use: lib/reduce

struct Params { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;

override WG: u32 = 64;

const LOWEST = -3.4028234663852886e38;

@compute @workgroup_size(WG)
fn cross_entropy(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    var largest = LOWEST;
    for (var k = lid; k < params.n; k += WG) { largest = max(largest, logits[base + k]); }
    largest = group_max(lid, largest);
    var sum = 0.0;
    for (var k = lid; k < params.n; k += WG) { sum += exp(logits[base + k] - largest); }
    sum = group_sum(lid, sum);
    let log_sum = log(sum);
    var total = 0.0;
    for (var k = lid; k < params.n; k += WG) {
        total += targets[base + k] * (log_sum - (logits[base + k] - largest));
    }
    total = group_sum(lid, total);
    if (lid == 0u) { loss[row] = total; }
}
