// What is written of a strip of a row: whole vec4s where they are its own, else numbers. The kernel says where it goes: put_four(i, v), the i-th vec4
// of a tensor, and put_one(i, v), its i-th number.
// use: lib/depthwise

// Whether rows and strips are whole vec4s.
override ALIGNED: bool = false;

// The same with `by` of 0 to 3 numbers ahead.
fn ahead(q: Quads, by: u32) -> Quads {
    var r = q;
    if ((by & 1u) != 0u) {
        r = Quads(
            vec4(0.0, r.a.xyz), vec4(r.a.w, r.b.xyz), vec4(r.b.w, r.c.xyz), vec4(r.c.w, r.d.xyz), vec4(r.d.w, r.e.xyz), vec4(r.e.w, r.f.xyz),
        );
    }
    if ((by & 2u) != 0u) {
        r = Quads(
            vec4(0.0, 0.0, r.a.xy), vec4(r.a.zw, r.b.xy), vec4(r.b.zw, r.c.xy), vec4(r.c.zw, r.d.xy), vec4(r.d.zw, r.e.xy), vec4(r.e.zw, r.f.xy),
        );
    }
    return r;
}

// The k-th vec4 behind the one that is `at`, if all of it lies in first..end, counted from there.
fn put_whole(at: u32, k: u32, first: u32, end: u32, v: vec4<f32>) {
    if (4u * k >= first && 4u * k + 4u <= end) { put_four(at + k, v); }
}

// As many of `fours` columns of four pixels as are left of a row, the first the at-th number.
fn put_strip(at: u32, left: u32, fours: u32, m: mat4x4<f32>) {
    let base = at / 4u;
    let first = select(at % 4u, 0u, ALIGNED);
    let end = first + min(left, 4u * fours);
    var q = Quads(m[0], m[1], m[2], m[3], vec4(0.0), vec4(0.0));
    if (!ALIGNED) { q = ahead(q, first); }
    put_whole(base, 0u, first, end, q.a);
    if (fours > 1u || !ALIGNED) { put_whole(base, 1u, first, end, q.b); }
    if (fours > 2u || fours == 2u && !ALIGNED) { put_whole(base, 2u, first, end, q.c); }
    if (fours > 3u) {
        put_whole(base, 3u, first, end, q.d);
        if (!ALIGNED) { put_whole(base, 4u, first, end, q.e); }
    }
    if (ALIGNED) { return; }
    // What the first vec4 shares with others, and the last one, if it is not the same.
    if (first == 1u && end > 1u) { put_one(4u * base + 1u, q.a.y); }
    if (first > 0u && first <= 2u && end > 2u) { put_one(4u * base + 2u, q.a.z); }
    if (first > 0u && end > 3u) { put_one(4u * base + 3u, q.a.w); }
    if (first > 0u && end <= 4u) { return; }
    let last = select(select(select(q.a, q.b, end >= 4u), q.c, end >= 8u), select(q.d, q.e, end >= 16u), end >= 12u);
    let rest = end % 4u;
    let behind_whole = 4u * base + end - rest;
    if (rest > 0u) { put_one(behind_whole, last.x); }
    if (rest > 1u) { put_one(behind_whole + 1u, last.y); }
    if (rest > 2u) { put_one(behind_whole + 2u, last.z); }
}
