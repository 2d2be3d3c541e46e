// A tile of 64 rows x 4 columns a lane, held in registers. The 8 lanes of a subgroup own 32 columns and share the rows: lane l loads the
// l-th vec4 of the first 32 rows and of the others, and broadcasts hand them to all. Needs a subgroup of exactly 8 lanes. Four
// numbers of a lane's own a step stay in registers, eight (lib/tile) do not. `put_left` is the kernel's own.
// use: lib/outer

struct Tall {
    t0: mat4x4<f32>, t1: mat4x4<f32>, t2: mat4x4<f32>, t3: mat4x4<f32>,
    t4: mat4x4<f32>, t5: mat4x4<f32>, t6: mat4x4<f32>, t7: mat4x4<f32>,
    t8: mat4x4<f32>, t9: mat4x4<f32>, t10: mat4x4<f32>, t11: mat4x4<f32>,
    t12: mat4x4<f32>, t13: mat4x4<f32>, t14: mat4x4<f32>, t15: mat4x4<f32>,
}

// This lane's vec4s of a step's rows 0 .. 31 and 32 .. 63.
struct Mine { near: vec4<f32>, far: vec4<f32> }

// tile += rows x columns of four steps; w holds this lane's columns, a step a column.
fn add_tall4(t: ptr<function, Tall>, a: Mine, b: Mine, c: Mine, d: Mine, w: mat4x4<f32>) {
    var i: vec4<f32>; var j: vec4<f32>; var k: vec4<f32>; var l: vec4<f32>;
    i = subgroupBroadcast(a.near, 0u); j = subgroupBroadcast(b.near, 0u); k = subgroupBroadcast(c.near, 0u); l = subgroupBroadcast(d.near, 0u);
    (*t).t0 = four((*t).t0, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 1u); j = subgroupBroadcast(b.near, 1u); k = subgroupBroadcast(c.near, 1u); l = subgroupBroadcast(d.near, 1u);
    (*t).t1 = four((*t).t1, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 2u); j = subgroupBroadcast(b.near, 2u); k = subgroupBroadcast(c.near, 2u); l = subgroupBroadcast(d.near, 2u);
    (*t).t2 = four((*t).t2, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 3u); j = subgroupBroadcast(b.near, 3u); k = subgroupBroadcast(c.near, 3u); l = subgroupBroadcast(d.near, 3u);
    (*t).t3 = four((*t).t3, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 4u); j = subgroupBroadcast(b.near, 4u); k = subgroupBroadcast(c.near, 4u); l = subgroupBroadcast(d.near, 4u);
    (*t).t4 = four((*t).t4, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 5u); j = subgroupBroadcast(b.near, 5u); k = subgroupBroadcast(c.near, 5u); l = subgroupBroadcast(d.near, 5u);
    (*t).t5 = four((*t).t5, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 6u); j = subgroupBroadcast(b.near, 6u); k = subgroupBroadcast(c.near, 6u); l = subgroupBroadcast(d.near, 6u);
    (*t).t6 = four((*t).t6, i, j, k, l, w);
    i = subgroupBroadcast(a.near, 7u); j = subgroupBroadcast(b.near, 7u); k = subgroupBroadcast(c.near, 7u); l = subgroupBroadcast(d.near, 7u);
    (*t).t7 = four((*t).t7, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 0u); j = subgroupBroadcast(b.far, 0u); k = subgroupBroadcast(c.far, 0u); l = subgroupBroadcast(d.far, 0u);
    (*t).t8 = four((*t).t8, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 1u); j = subgroupBroadcast(b.far, 1u); k = subgroupBroadcast(c.far, 1u); l = subgroupBroadcast(d.far, 1u);
    (*t).t9 = four((*t).t9, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 2u); j = subgroupBroadcast(b.far, 2u); k = subgroupBroadcast(c.far, 2u); l = subgroupBroadcast(d.far, 2u);
    (*t).t10 = four((*t).t10, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 3u); j = subgroupBroadcast(b.far, 3u); k = subgroupBroadcast(c.far, 3u); l = subgroupBroadcast(d.far, 3u);
    (*t).t11 = four((*t).t11, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 4u); j = subgroupBroadcast(b.far, 4u); k = subgroupBroadcast(c.far, 4u); l = subgroupBroadcast(d.far, 4u);
    (*t).t12 = four((*t).t12, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 5u); j = subgroupBroadcast(b.far, 5u); k = subgroupBroadcast(c.far, 5u); l = subgroupBroadcast(d.far, 5u);
    (*t).t13 = four((*t).t13, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 6u); j = subgroupBroadcast(b.far, 6u); k = subgroupBroadcast(c.far, 6u); l = subgroupBroadcast(d.far, 6u);
    (*t).t14 = four((*t).t14, i, j, k, l, w);
    i = subgroupBroadcast(a.far, 7u); j = subgroupBroadcast(b.far, 7u); k = subgroupBroadcast(c.far, 7u); l = subgroupBroadcast(d.far, 7u);
    (*t).t15 = four((*t).t15, i, j, k, l, w);
}

// The same for one step.
fn add_tall(t: ptr<function, Tall>, a: Mine, w: vec4<f32>) {
    (*t).t0 += outer(subgroupBroadcast(a.near, 0u), w);
    (*t).t1 += outer(subgroupBroadcast(a.near, 1u), w);
    (*t).t2 += outer(subgroupBroadcast(a.near, 2u), w);
    (*t).t3 += outer(subgroupBroadcast(a.near, 3u), w);
    (*t).t4 += outer(subgroupBroadcast(a.near, 4u), w);
    (*t).t5 += outer(subgroupBroadcast(a.near, 5u), w);
    (*t).t6 += outer(subgroupBroadcast(a.near, 6u), w);
    (*t).t7 += outer(subgroupBroadcast(a.near, 7u), w);
    (*t).t8 += outer(subgroupBroadcast(a.far, 0u), w);
    (*t).t9 += outer(subgroupBroadcast(a.far, 1u), w);
    (*t).t10 += outer(subgroupBroadcast(a.far, 2u), w);
    (*t).t11 += outer(subgroupBroadcast(a.far, 3u), w);
    (*t).t12 += outer(subgroupBroadcast(a.far, 4u), w);
    (*t).t13 += outer(subgroupBroadcast(a.far, 5u), w);
    (*t).t14 += outer(subgroupBroadcast(a.far, 6u), w);
    (*t).t15 += outer(subgroupBroadcast(a.far, 7u), w);
}

fn put_four(place: Place, row: u32, rows: mat4x4<f32>) {
    put_left(place, row, rows[0]);
    put_left(place, row + 1u, rows[1]);
    put_left(place, row + 2u, rows[2]);
    put_left(place, row + 3u, rows[3]);
}

// Writes the whole tile.
fn put_tall(place: Place, t: ptr<function, Tall>) {
    put_four(place, 0u, (*t).t0);
    put_four(place, 4u, (*t).t1);
    put_four(place, 8u, (*t).t2);
    put_four(place, 12u, (*t).t3);
    put_four(place, 16u, (*t).t4);
    put_four(place, 20u, (*t).t5);
    put_four(place, 24u, (*t).t6);
    put_four(place, 28u, (*t).t7);
    put_four(place, 32u, (*t).t8);
    put_four(place, 36u, (*t).t9);
    put_four(place, 40u, (*t).t10);
    put_four(place, 44u, (*t).t11);
    put_four(place, 48u, (*t).t12);
    put_four(place, 52u, (*t).t13);
    put_four(place, 56u, (*t).t14);
    put_four(place, 60u, (*t).t15);
}
