// dx[n,c,h,w] = dy[n,c,h/2,w/2] where x[n,c,h,w] is the first maximum of its window of 2x2, else 0
//
// x, dx (N,C,2 OH,2 OW) vec4 along w    dy (N,C,OH,OW) vec4 along w, COUNT of them. One invocation owns the places of four
// windows side by side and writes them once. Admitted where max_pool2d_2x2 is; ties and NaN as in max_pool2d_grad_input.
// use: lib/divide
// use: lib/grid
// use: lib/maximum

struct Params { count: u32, ow4: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

override WG: u32 = 64;

@compute @workgroup_size(WG)
fn max_pool2d_2x2_grad_input(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    let column = split(i, params.ow4).y;
    let left = 4u * i - 2u * column;
    let below = left + 2u * params.ow4;
    let top0 = x[left]; let top1 = x[left + 1u];
    let low0 = x[below]; let low1 = x[below + 1u];
    let at = argmax_of_four(
        vec4(top0.xz, top1.xz), vec4(top0.yw, top1.yw), vec4(low0.xz, low1.xz), vec4(low0.yw, low1.yw),
    );
    let g = dy[i];
    let a = select(vec4(0.0), g, at == vec4(0u));
    let b = select(vec4(0.0), g, at == vec4(1u));
    let c = select(vec4(0.0), g, at == vec4(2u));
    let d = select(vec4(0.0), g, at == vec4(3u));
    dx[left] = vec4(a.x, b.x, a.y, b.y);
    dx[left + 1u] = vec4(a.z, b.z, a.w, b.w);
    dx[below] = vec4(c.x, d.x, c.y, d.y);
    dx[below + 1u] = vec4(c.z, d.z, c.w, d.w);
}
