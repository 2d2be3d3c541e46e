// y[i] = f(a[i], b[i]) where a and b are broadcast: an axis along which an operand has one element has stride 0
//
// Any shapes of up to six axes. One invocation owns one element of y and writes it once.
// use: lib/grid
// use: lib/pointwise

struct Params {
    count: u32, value: f32,
    d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
    a0: u32, a1: u32, a2: u32, a3: u32, a4: u32, a5: u32,
    b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64;
override F: u32 = 0;

@compute @workgroup_size(WG)
fn binary_broadcast(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    var rest = i;
    let i5 = rest % params.d5; rest /= params.d5;
    let i4 = rest % params.d4; rest /= params.d4;
    let i3 = rest % params.d3; rest /= params.d3;
    let i2 = rest % params.d2; rest /= params.d2;
    let i1 = rest % params.d1; rest /= params.d1;
    let p = params;
    let ia = rest * p.a0 + i1 * p.a1 + i2 * p.a2 + i3 * p.a3 + i4 * p.a4 + i5 * p.a5;
    let ib = rest * p.b0 + i1 * p.b1 + i2 * p.b2 + i3 * p.b3 + i4 * p.b4 + i5 * p.b5;
    y[i] = binary_of(F, vec4(a[ia]), vec4(b[ib]), params.value).x;
}
