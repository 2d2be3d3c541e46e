use tunevote::doctor::cases::ceilings as cases;
use tunevote::kernels::ceilings::{copy_vec4, multiply_add};
use tunevote::measure;

use crate::harness::{check_case, engines};

#[test]
pub fn multiply_add_follows_its_recurrence() {
    for (count, rounds) in [(4, 4), (252, 8), (260, 4), (20, 0)] {
        check_case(&cases::multiply_add(count, rounds));
    }
}

#[test]
pub fn copy_copies() {
    [4, 1020, 1028, 70_000].iter().for_each(|&count| check_case(&cases::copy_vec4(count)));
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
