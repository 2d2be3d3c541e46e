// Which pixels of an image an enlarged one is made of. Reads `params`.
// use: lib/grid
// use: lib/planes

struct Params {
    planes: u32,
    h: u32, w: u32,    // of the small image
    fh: u32, fw: u32,  // how many times it is enlarged
}

override LINEAR: bool = false;

// Along one axis: the two pixels between whose middles a large pixel's middle lies, and the share of the second. Outside the outermost
// middles both are the last one.
struct Between { near: u32, far: u32, share: f32 }

fn between(large: u32, factor: u32, size: u32) -> Between {
    if (!LINEAR) { return Between(large / factor, large / factor, 0.0); }
    let twice = max(2u * large + 1u, factor) - factor;
    let near = twice / (2u * factor);
    return Between(near, min(near + 1u, size - 1u), f32(twice - near * 2u * factor) / f32(2u * factor));
}

// The share of small pixel `small` in it.
fn share_of(at: Between, small: u32) -> f32 {
    return select(0.0, 1.0 - at.share, at.near == small) + select(0.0, at.share, at.far == small);
}

// The large pixels that a small one may be part of, from the first to behind the last.
fn span_of(small: u32, factor: u32, size: u32) -> vec2<u32> {
    let around = select(0u, 1u, LINEAR);
    return vec2((max(small, around) - around) * factor, min(small + 1u + around, size) * factor);
}
