//! Division by way of f32 against the processor's own.

use bytemuck::{Pod, Zeroable};
use tunevote::gpu::{Access, Grid, Kernel};
use tunevote::wgpu;

use crate::harness::{engines, run_on};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
}

static SPLIT: Kernel = Kernel {
    path: "test/split_words",
    source: "// use: lib/divide
struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2<u32>>;
@compute @workgroup_size(64)
fn split_words(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < params.count) { y[id.x] = split(x[id.x].x, x[id.x].y); }
}",
    params: size_of::<Params>(),
    bindings: &[Access::Read, Access::Write],
    features: wgpu::Features::empty(),
};

#[test]
fn split_divides_everything_below_two_to_the_31() {
    const TOP: u32 = i32::MAX as u32;
    let mut state = 1u32;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    };
    let mut pairs = Vec::new();
    // Quotients at their edges: just below, at and just above multiples, with small and large divisors.
    let divisors: Vec<u32> = (1..70)
        .chain([127, 128, 129, 1000, 65_535, 65_536, 65_537, 16_777_213, 16_777_216, 16_777_217, TOP / 2, TOP - 1, TOP])
        .chain((0..2_000).map(|_| (word() >> (1 + word() % 31)).max(1)))
        .collect();
    for &d in &divisors {
        for quotient in [0, 1, 2, 3, 255, 4_095, 16_777_215, TOP / d / 2, TOP / d] {
            let multiple = quotient.min(TOP / d) * d;
            pairs.extend([multiple.saturating_sub(1), multiple, (multiple + 1).min(TOP)].map(|n| [n, d]));
        }
        pairs.extend([0, 1, TOP - 1, TOP].map(|n| [n, d]));
        pairs.extend((0..20).map(|_| [word() >> 1, d]));
    }
    let flat = |f: &dyn Fn(&[u32; 2]) -> [u32; 2]| pairs.iter().flat_map(f).collect::<Vec<_>>();
    let x: Vec<f32> = flat(&|&pair| pair).into_iter().map(f32::from_bits).collect();
    let want = flat(&|&[n, d]| [n / d, n % d]);
    let count = pairs.len();
    for engine in engines() {
        let y = run_on(engine, &[(&[2 * count], &x)], &[&[2 * count]], |rec, x, y| {
            let params = Params { count: count as u32 };
            rec.dispatch(&SPLIT, &params, &[&x[0], &y[0]], Grid::flat(count, 64), &[], 0.0)
        });
        for (i, (got, want)) in y[0].iter().map(|v| v.to_bits()).zip(&want).enumerate() {
            assert_eq!(got, *want, "{:?}", pairs[i / 2]);
        }
    }
}
