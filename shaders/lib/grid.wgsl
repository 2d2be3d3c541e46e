// Dispatches wider than 65,535 groups are folded into y by gpu/grid.rs; this undoes the fold. The last row may be ragged:
// every kernel returns where its index is past its last element.
fn flat_group(wg: vec3<u32>, groups: vec3<u32>) -> u32 {
    return wg.y * groups.x + wg.x;
}

fn flat_index(wg: vec3<u32>, groups: vec3<u32>, lid: u32, width: u32) -> u32 {
    return flat_group(wg, groups) * width + lid;
}
