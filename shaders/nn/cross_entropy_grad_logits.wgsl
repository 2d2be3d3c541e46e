// dlogits[r,k] = dloss[r] * (softmax(logits[r])[k] * sum over j of targets[r,j] - targets[r,k])
//
// logits, targets, dlogits (ROWS,N)    dloss (ROWS). One workgroup owns one row of dlogits and writes it once. The targets
// need not add up to 1.
// use: lib/grid
// use: lib/reduce
// use: lib/softmax

struct Params { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;

override WG: u32 = 64;

fn number(i: u32) -> f32 { return logits[i]; }

@compute @workgroup_size(WG)
fn cross_entropy_grad_logits(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let row = flat_group(wg, groups);
    if (row >= params.rows) { return; }
    let base = row * params.n;
    let of_row = row_from(base, lid);
    var weight = 0.0;
    for (var k = lid; k < params.n; k += WG) { weight += targets[base + k]; }
    weight = group_sum(lid, weight) / of_row.sum;
    for (var k = lid; k < params.n; k += WG) {
        dlogits[base + k] = dloss[row] * (exp(logits[base + k] - of_row.largest) * weight - targets[base + k]);
    }
}
