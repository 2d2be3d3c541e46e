// y[m, n] = activation(bias[n] + sum over k of a[m, k] b[k, n])      64 rows a tile; split sums go to (splits, m, n)
//
// a packed by gemm_pack (batch, panels, k, 64/4) vec4 along the rows    b (batch, k, n/4) or (batch, n, k/4)    y (batch, splits, m, n/4)
// The 8 lanes of a subgroup own 64 rows x 32 columns of y, each lane 4 of the columns, and write them once. The lanes load the rows'
// vec4s together and broadcasts hand them round; the columns are each lane's own. Admitted where a subgroup has 8 lanes.
// use: lib/gemm
// use: lib/outer

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 64;

struct Tile {
    t0: mat4x4<f32>, t1: mat4x4<f32>, t2: mat4x4<f32>, t3: mat4x4<f32>,
    t4: mat4x4<f32>, t5: mat4x4<f32>, t6: mat4x4<f32>, t7: mat4x4<f32>,
    t8: mat4x4<f32>, t9: mat4x4<f32>, t10: mat4x4<f32>, t11: mat4x4<f32>,
    t12: mat4x4<f32>, t13: mat4x4<f32>, t14: mat4x4<f32>, t15: mat4x4<f32>,
}

fn put_four(place: Place, row: u32, four_rows: mat4x4<f32>) {
    put_left(place, row, four_rows[0]);
    put_left(place, row + 1u, four_rows[1]);
    put_left(place, row + 2u, four_rows[2]);
    put_left(place, row + 3u, four_rows[3]);
}

@compute @workgroup_size(WG)
fn gemm_tall_cpu(
    @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let spot = spot_of(flat_index(wg, groups, lid, WG));
    let b_start = spot.batch * params.b_batch;
    var at = a_of(spot, 16u) + spot.lane;
    var t: Tile;
    var k = spot.first;
    for (; k + 4u <= spot.end; k += 4u) {
        let a0 = a[at];       let a1 = a[at + 8u];
        let b0 = a[at + 16u]; let b1 = a[at + 24u];
        let c0 = a[at + 32u]; let c1 = a[at + 40u];
        let d0 = a[at + 48u]; let d1 = a[at + 56u];
        let w = columns(b_start, spot.near, k);
        t.t0 = four(t.t0, subgroupBroadcast(a0, 0u), subgroupBroadcast(b0, 0u), subgroupBroadcast(c0, 0u), subgroupBroadcast(d0, 0u), w);
        t.t1 = four(t.t1, subgroupBroadcast(a0, 1u), subgroupBroadcast(b0, 1u), subgroupBroadcast(c0, 1u), subgroupBroadcast(d0, 1u), w);
        t.t2 = four(t.t2, subgroupBroadcast(a0, 2u), subgroupBroadcast(b0, 2u), subgroupBroadcast(c0, 2u), subgroupBroadcast(d0, 2u), w);
        t.t3 = four(t.t3, subgroupBroadcast(a0, 3u), subgroupBroadcast(b0, 3u), subgroupBroadcast(c0, 3u), subgroupBroadcast(d0, 3u), w);
        t.t4 = four(t.t4, subgroupBroadcast(a0, 4u), subgroupBroadcast(b0, 4u), subgroupBroadcast(c0, 4u), subgroupBroadcast(d0, 4u), w);
        t.t5 = four(t.t5, subgroupBroadcast(a0, 5u), subgroupBroadcast(b0, 5u), subgroupBroadcast(c0, 5u), subgroupBroadcast(d0, 5u), w);
        t.t6 = four(t.t6, subgroupBroadcast(a0, 6u), subgroupBroadcast(b0, 6u), subgroupBroadcast(c0, 6u), subgroupBroadcast(d0, 6u), w);
        t.t7 = four(t.t7, subgroupBroadcast(a0, 7u), subgroupBroadcast(b0, 7u), subgroupBroadcast(c0, 7u), subgroupBroadcast(d0, 7u), w);
        t.t8 = four(t.t8, subgroupBroadcast(a1, 0u), subgroupBroadcast(b1, 0u), subgroupBroadcast(c1, 0u), subgroupBroadcast(d1, 0u), w);
        t.t9 = four(t.t9, subgroupBroadcast(a1, 1u), subgroupBroadcast(b1, 1u), subgroupBroadcast(c1, 1u), subgroupBroadcast(d1, 1u), w);
        t.t10 = four(t.t10, subgroupBroadcast(a1, 2u), subgroupBroadcast(b1, 2u), subgroupBroadcast(c1, 2u), subgroupBroadcast(d1, 2u), w);
        t.t11 = four(t.t11, subgroupBroadcast(a1, 3u), subgroupBroadcast(b1, 3u), subgroupBroadcast(c1, 3u), subgroupBroadcast(d1, 3u), w);
        t.t12 = four(t.t12, subgroupBroadcast(a1, 4u), subgroupBroadcast(b1, 4u), subgroupBroadcast(c1, 4u), subgroupBroadcast(d1, 4u), w);
        t.t13 = four(t.t13, subgroupBroadcast(a1, 5u), subgroupBroadcast(b1, 5u), subgroupBroadcast(c1, 5u), subgroupBroadcast(d1, 5u), w);
        t.t14 = four(t.t14, subgroupBroadcast(a1, 6u), subgroupBroadcast(b1, 6u), subgroupBroadcast(c1, 6u), subgroupBroadcast(d1, 6u), w);
        t.t15 = four(t.t15, subgroupBroadcast(a1, 7u), subgroupBroadcast(b1, 7u), subgroupBroadcast(c1, 7u), subgroupBroadcast(d1, 7u), w);
        at += 64u;
    }
    // By columns, k is a multiple of 4 and nothing is left.
    for (; k < spot.end; k += 1u) {
        let a0 = a[at];
        let a1 = a[at + 8u];
        let w = b[b_start + k * params.b_row + spot.near];
        t.t0 += outer(subgroupBroadcast(a0, 0u), w);
        t.t1 += outer(subgroupBroadcast(a0, 1u), w);
        t.t2 += outer(subgroupBroadcast(a0, 2u), w);
        t.t3 += outer(subgroupBroadcast(a0, 3u), w);
        t.t4 += outer(subgroupBroadcast(a0, 4u), w);
        t.t5 += outer(subgroupBroadcast(a0, 5u), w);
        t.t6 += outer(subgroupBroadcast(a0, 6u), w);
        t.t7 += outer(subgroupBroadcast(a0, 7u), w);
        t.t8 += outer(subgroupBroadcast(a1, 0u), w);
        t.t9 += outer(subgroupBroadcast(a1, 1u), w);
        t.t10 += outer(subgroupBroadcast(a1, 2u), w);
        t.t11 += outer(subgroupBroadcast(a1, 3u), w);
        t.t12 += outer(subgroupBroadcast(a1, 4u), w);
        t.t13 += outer(subgroupBroadcast(a1, 5u), w);
        t.t14 += outer(subgroupBroadcast(a1, 6u), w);
        t.t15 += outer(subgroupBroadcast(a1, 7u), w);
        at += 16u;
    }

    if (!spot.inside) { return; }
    let place = place_of(spot, 64u);
    put_four(place, 0u, t.t0);
    put_four(place, 4u, t.t1);
    put_four(place, 8u, t.t2);
    put_four(place, 12u, t.t3);
    put_four(place, 16u, t.t4);
    put_four(place, 20u, t.t5);
    put_four(place, 24u, t.t6);
    put_four(place, 28u, t.t7);
    put_four(place, 32u, t.t8);
    put_four(place, 36u, t.t9);
    put_four(place, 40u, t.t10);
    put_four(place, 44u, t.t11);
    put_four(place, 48u, t.t12);
    put_four(place, 52u, t.t13);
    put_four(place, 56u, t.t14);
    put_four(place, 60u, t.t15);
}
