//! Whether `doctor` runs every kernel, and sees what is wrong.

use std::collections::BTreeSet;

use tunevote::doctor::{Case, FAMILIES, Family, Output, Row, Status, cases};
use tunevote::gpu::{AdapterKind, Engine};
use tunevote::kernels::{self, softmax::KERNELS};

use crate::harness::engines;

fn examine(engine: &Engine) -> Vec<Row> {
    FAMILIES.iter().flat_map(|family| family.examine(engine)).collect()
}

fn names<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeSet<&'static str> {
    rows.flat_map(|row| row.kernels.iter().copied()).collect()
}

#[test]
fn every_kernel_passes_or_is_not_used() {
    let all: BTreeSet<_> = kernels::all().iter().map(|kernel| kernel.name()).collect();
    for (engine, portable) in engines().iter().zip([false, true]) {
        let rows = examine(engine);
        let failed: Vec<_> = rows.iter().filter(|row| row.status == Status::Failed).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        for row in &rows {
            let aside = engine.kind() == AdapterKind::Cpu && row.kernels.iter().any(|name| name.ends_with("_gpu"));
            assert_eq!(row.remark.as_ref().is_some_and(|remark| remark.starts_with("checked, but")), aside, "{row:?}");
        }
        let (unused, ran): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.status == Status::NotUsed);
        let (unused, ran) = (names(unused.into_iter()), names(ran.into_iter()));
        assert!(unused.is_disjoint(&ran));
        assert_eq!(&unused | &ran, all);
        let narrow = portable || engine.kind() == AdapterKind::Gpu || engine.subgroup_size() != Some(8);
        let for_processors = |name: &str| engine.kind() == AdapterKind::Gpu && name == "gemm_thin_wide";
        let left_out = |name: &&str| narrow && name.ends_with("_cpu") || for_processors(name);
        assert_eq!(unused, all.iter().copied().filter(left_out).collect());
    }
}

#[test]
fn cases_have_a_number_for_each_element() {
    for case in FAMILIES.iter().flat_map(|family| (family.cases)()) {
        for output in &case.outputs {
            let count = output.shape.iter().product::<usize>();
            assert_eq!((output.want.len(), output.scale.len()), (count, count), "{case}");
        }
    }
}

/// A family with these cases, and softmax's kernels.
fn family(cases: fn() -> Vec<Case>) -> Vec<Row> {
    Family { name: "spoiled", kernels: KERNELS, cases }.examine(&engines()[1])
}

/// `row` failed for a reason that says so.
fn failed(row: &Row, says: &str) {
    assert_eq!(row.status, Status::Failed, "{row:?}");
    assert!(row.remark.as_ref().unwrap().contains(says), "{row:?}");
}

#[test]
fn what_is_wrong_is_a_row_and_the_others_go_on() {
    let rows = family(|| {
        // A reference that is off, one that is no number, and one that is infinite.
        let mut spoiled: Vec<_> = [f64::NAN, f64::INFINITY, 0.5]
            .map(|value| {
                let mut case = cases::softmax::softmax([3, 6]);
                case.outputs[0].want[7] = value;
                case
            })
            .into();
        // A call that writes nothing, one that writes half, one that the library refuses, one that the driver refuses.
        let call = |call: fn(&mut tunevote::gpu::Recorder, &tunevote::gpu::Tensor) -> tunevote::Result<()>| {
            let output = Output::new(&[2, 64], vec![0.5; 128], vec![0.0; 128], 0.0);
            Case::new("fill", &[], output, move |rec, _, y| call(rec, y))
        };
        spoiled.push(call(|_, _| Ok(())));
        spoiled.push(call(|rec, y| kernels::pointwise::fill(rec, &y.rows(0, 1)?, 0.5)));
        spoiled.push(call(|rec, y| kernels::softmax::softmax(rec, &rec.engine().tensor([1])?, y)));
        spoiled.push(call(|rec, _| rec.engine().tensor([1 << 40]).map(drop)));
        // One number in front of the output.
        spoiled.push(call(|rec, y| {
            kernels::pointwise::fill(rec, y, 0.5)?;
            let whole = tunevote::gpu::Tensor::from_buffer(y.buffer().clone(), 0, [64])?;
            kernels::pointwise::fill(rec, &whole, 0.5)
        }));
        spoiled.push(cases::softmax::log_softmax([3, 6]));
        spoiled
    });
    for row in &rows[..3] {
        failed(row, "element 7 of (3, 6): got ");
        assert!(row.worst.unwrap() > 1.0 && row.kernels == ["softmax"], "{row:?}");
    }
    failed(&rows[3], "element 0 of (2, 64) was not written");
    failed(&rows[4], "element 64 of (2, 64) was not written");
    failed(&rows[5], "softmax: y should be (1)");
    failed(&rows[6], "tensor");
    failed(&rows[7], "wrote outside its output");
    assert_eq!((rows[8].status, rows[8].kernels.as_slice()), (Status::Ok, ["log_softmax"].as_slice()));
    // Kernels of the family that nothing ran.
    assert_eq!(rows.len(), 9 + 3);
    rows[9..].iter().for_each(|row| failed(row, "no case ran it"));
}
