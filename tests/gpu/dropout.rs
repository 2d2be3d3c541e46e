//! Random numbers on the GPU against Philox's published vectors and the host's.

use bytemuck::{Pod, Zeroable};
use tunevote::doctor::cases::dropout::{self as cases, SEED};
use tunevote::gpu::{Access, Grid, Kernel, Recorder};
use tunevote::kernels::dropout::{dropout, random_normal, random_uniform};
use tunevote::reference::random as reference;
use tunevote::{Error, wgpu};

use crate::harness::{bits, check, check_case, engines, run_on, wide};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
}

/// The library's function alone, so that all its bits can be seen.
static PHILOX: Kernel = Kernel {
    path: "test/philox_words",
    source: "// use: lib/random
struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u32>>;
@compute @workgroup_size(1)
fn philox_words(@builtin(workgroup_id) wg: vec3<u32>) {
    let i = wg.x;
    if (i < params.count) { y[i] = philox(vec4(x[3u * i], x[3u * i + 1u]), x[3u * i + 2u]); }
}",
    params: size_of::<Params>(),
    bindings: &[Access::Read, Access::Write],
    features: wgpu::Features::empty(),
};

/// Counter and key, and the words: `kat_vectors` of the Random123 distribution.
const KNOWN: [([u32; 6], [u32; 4]); 3] = [
    ([0; 6], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    ([u32::MAX; 6], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344, 0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
    ),
];

#[test]
fn philox_gives_its_published_words() {
    for (input, want) in KNOWN {
        let [a, b, c, d, k, l] = input;
        assert_eq!(reference::philox([a, b, c, d], [k, l]), want);
    }
    let x: Vec<u32> = KNOWN.iter().flat_map(|(input, _)| *input).collect();
    let want: Vec<u32> = KNOWN.iter().flat_map(|(_, want)| *want).collect();
    for engine in engines() {
        let y = run_on(engine, &[(&[18], &bits(&x))], &[&[12]], |rec, x, y| {
            rec.dispatch(&PHILOX, &Params { count: 3 }, &[&x[0], &y[0]], Grid::groups(3), &[], 0.0)
        });
        let got: Vec<_> = y[0].iter().map(|v| v.to_bits()).collect();
        assert_eq!(got, want);
    }
}

/// Below, at and above one block of four, one workgroup of 256, and a grid that folds.
const COUNTS: [usize; 8] = [1, 3, 4, 5, 255, 257, 100_003, 16_777_221];

#[test]
pub fn random_uniform_is_the_hosts() {
    COUNTS.iter().for_each(|&count| check_case(&cases::random_uniform(count)));
}

#[test]
pub fn random_normal_is_the_hosts() {
    COUNTS[..7].iter().for_each(|&count| check_case(&cases::random_normal(count)));
}

#[test]
pub fn dropout_matches_its_formula() {
    for count in COUNTS {
        for keep in [0.5, 0.9, 1.0] {
            let case = cases::dropout(count, keep);
            check_case(&case);
            if count > 100_000 {
                let kept = case.outputs[0].want.iter().filter(|v| **v != 0.0).count() as f64 / count as f64;
                let keep = f64::from(keep);
                assert!((kept - keep).abs() <= 5.0 * (keep * (1.0 - keep) / count as f64).sqrt(), "{kept} kept");
            }
        }
    }
}

/// Every word of the seed and the salt change the mask, to one that agrees with the first in about half of its places.
#[test]
fn every_word_of_the_seed_counts() {
    let mask = |seed: [u32; 8], salt| {
        let ones = vec![1.0; 10_000];
        let y = run_on(&engines()[0], &[(&[10_000], &ones), (&[8], &bits(&seed))], &[&[10_000]], |rec, x, y| {
            dropout(rec, &x[0], &x[1], &y[0], 0.5, salt)
        });
        y[0].iter().map(|v| *v != 0.0).collect::<Vec<_>>()
    };
    let first = mask(SEED, 1);
    let others = (0..8).map(|word| {
        let mut seed = SEED;
        seed[word] ^= 1;
        mask(seed, 1)
    });
    for (i, other) in others.chain([mask(SEED, 2)]).enumerate() {
        let same = first.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!((4_750..=5_250).contains(&same), "change {i}: {same} of 10,000 places agree");
    }
}

#[test]
fn not_a_number_is_not_hidden() {
    let x = [f32::NAN; 64];
    let want = [f64::NAN; 64];
    check(&[(&[64], &x), (&[8], &bits(&SEED))], &[64], &want, &[1.0; 64], 1.0, |rec, x, y| {
        dropout(rec, &x[0], &x[1], y, 0.5, 1)
    });
}

#[test]
fn dropout_refuses_what_does_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, seed) = (tensor(&[3]), tensor(&[8]));
    let mut rec = Recorder::new(engine);
    for (argument, result) in [
        ("seed", dropout(&mut rec, &x, &x, &x, 0.5, 0)),
        ("y", dropout(&mut rec, &x, &seed, &seed, 0.5, 0)),
        ("seed", random_uniform(&mut rec, &x, &x, 0.0, 1.0, 0)),
        ("seed", random_normal(&mut rec, &x, &x, 0.0, 1.0, 0)),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
    for keep in [0.0, 1.01, f32::NAN] {
        assert!(matches!(dropout(&mut rec, &x, &seed, &x, keep, 0), Err(Error::Argument { .. })), "{keep}");
    }
}

/// Parts that are multiples of four get the masks of the whole, whose seed says part 0.
#[test]
fn parts_get_the_masks_of_the_whole() {
    let x = vec![1.0; 3 * 260];
    let whole = reference::dropout(&wide(&x), SEED, 2, 0.6);
    assert!(whole[..260] != whole[260..520], "the parts differ");
    for part in 0..3 {
        let mut seed = SEED;
        seed[7] = part as u32;
        let want = &whole[260 * part..260 * (part + 1)];
        let inputs: [(&[usize], &[f32]); 2] = [(&[260], &x[..260]), (&[8], &bits(&seed))];
        check(&inputs, &[260], want, &[2.0; 260], 1.0, |rec, t, y| dropout(rec, &t[0], &t[1], y, 0.6, 2));
    }
}
