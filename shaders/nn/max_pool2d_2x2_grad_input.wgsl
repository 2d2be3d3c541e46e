// dx[n,c,h,w] = dy[n,c,h/2,w/2] where places[n,c,h/2,w/2] is that of (h,w) in its window of 2x2, else 0
//
// places as max_pool2d_places gives them, dy (N,C,OH,OW) vec4 along w, COUNT of them    dx (N,C,2 OH,2 OW) vec4 along w. One
// invocation owns the places of four windows side by side and writes them once. Admitted where max_pool2d_2x2 is.
// use: lib/divide
// use: lib/grid

struct Params { count: u32, ow4: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> places: array<vec4<f32>>;
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
    let at = places[i];
    let g = dy[i];
    let a = select(vec4(0.0), g, at == vec4(0.0));
    let b = select(vec4(0.0), g, at == vec4(1.0));
    let c = select(vec4(0.0), g, at == vec4(2.0));
    let d = select(vec4(0.0), g, at == vec4(3.0));
    dx[left] = vec4(a.x, b.x, a.y, b.y);
    dx[left + 1u] = vec4(a.z, b.z, a.w, b.w);
    dx[below] = vec4(c.x, d.x, c.y, d.y);
    dx[below + 1u] = vec4(c.z, d.z, c.w, d.w);
}
