// Walks a channel of x (N,C,S), from image to image. Reads `params`: c, s.

// Where a number of the channel is, and how many are left of its image.
struct Place { at: u32, left: u32 }

fn next(place: Place) -> Place {
    // Past the channel's image: on to its image in the next sample.
    if (place.left == 1u) { return Place(place.at + 1u + (params.c - 1u) * params.s, params.s); }
    return Place(place.at + 1u, place.left - 1u);
}
