// loss[r] = sum over k of targets[r,k] * (log(sum over j of exp(logits[r,j])) - logits[r,k])
//
// logits, targets (ROWS,N)    loss (ROWS). One workgroup owns one row's loss and writes it once. The largest logit is taken
// off first, so no exponential overflows.
// use: lib/grid
// use: lib/reduce
// use: lib/softmax

struct Params { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;

override WG: u32 = 64;

fn number(i: u32) -> f32 { return logits[i]; }

@compute @workgroup_size(WG)
fn cross_entropy(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    let of_row = row_from(base, lid);
    let log_sum = log(of_row.sum);
    var total = 0.0;
    for (var k = lid; k < params.n; k += WG) {
        total += targets[base + k] * (log_sum - (logits[base + k] - of_row.largest));
    }
    total = group_sum(lid, total);
    if (lid == 0u) { loss[row] = total; }
}
