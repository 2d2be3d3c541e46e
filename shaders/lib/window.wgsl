// Pooling windows along one axis: output `o` covers `kernel` places of the padded axis from `o * stride` on, and `before`
// places of padding lie in front of place 0. Padding is smaller than the window, so no window is empty.
// use: lib/divide

// First place of the image in window `o`, and the one behind its last.
fn places_of(o: u32, kernel: u32, stride: u32, before: u32, extent: u32) -> vec2<u32> {
    let start = o * stride;
    return vec2(max(start, before) - before, min(start + kernel - before, extent));
}

// First window that covers `place`, and the one behind the last. The range can be empty where stride > kernel.
fn windows_over(place: u32, kernel: u32, stride: u32, before: u32, windows: u32) -> vec2<u32> {
    let padded = place + before;
    let earliest = padded - min(padded, kernel - 1u);
    return vec2(split(earliest + stride - 1u, stride).x, min(split(padded, stride).x + 1u, windows));
}
