use tunevote::kernels::ceilings::{CHAINS, copy_vec4, multiply_add};
use tunevote::measure;

use crate::harness::{check, engines, magnitudes, noise, wide};

#[test]
pub fn multiply_add_follows_its_recurrence() {
    for (count, rounds) in [(4, 4), (252, 8), (260, 4), (20, 0)] {
        let x = noise(count, count as u32);
        let (m, c) = (0.75, -0.5);
        let chain = |start: f64| (0..rounds).fold(start, |a, _| a * m + c);
        let all = |x: f64| (0..CHAINS).map(|j| chain(x + j as f64)).sum::<f64>();
        let want: Vec<_> = wide(&x).into_iter().map(all).collect();
        let scale = vec![(1..=CHAINS).sum::<usize>() as f64 + 1.0; count];
        check(&[(&[count], &x)], &[count], &want, &scale, 2.0, |rec, x, y| {
            multiply_add(rec, &x[0], y, rounds, [m as f32, c as f32])
        });
    }
}

#[test]
pub fn copy_copies() {
    for count in [4, 1020, 1028, 70_000] {
        let x = noise(count, 7);
        check(&[(&[count], &x)], &[count], &wide(&x), &magnitudes(&x), 0.0, |rec, x, y| copy_vec4(rec, &x[0], y));
    }
}

#[test]
fn odd_counts_and_rounds_are_refused() {
    let engine = &engines()[0];
    let (five, six) = (engine.tensor([5]).unwrap(), engine.tensor([6]).unwrap());
    let four = engine.tensor([4]).unwrap();
    let mut rec = tunevote::gpu::Recorder::new(engine);
    assert!(copy_vec4(&mut rec, &five, &five).is_err());
    assert!(copy_vec4(&mut rec, &five, &six).is_err());
    assert!(multiply_add(&mut rec, &four, &four, 6, [1.0, 1.0]).is_err());
}

#[test]
fn the_ceilings_are_within_what_machines_do() {
    for engine in engines() {
        let most = measure::ceilings(engine).unwrap();
        assert!((1e9..1e16).contains(&most.multiply_add), "{most:?}");
        assert!((1e8..1e14).contains(&most.copy), "{most:?}");
    }
}
