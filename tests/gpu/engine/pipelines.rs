//! Pipelines are made once an engine, by workers of the caller's choice, and what is wrong with one is returned.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use tunevote::blocking::in_parallel;
use tunevote::gpu::{Engine, Grid, Kernel, Recorder, Work, Workers};
use tunevote::{Error, kernel};

use super::errors::callers_device;
use super::{expected, network, results};

fn engine(workers: Workers) -> Engine {
    let (device, queue) = callers_device();
    Engine::from_device(device, queue).with_workers(workers)
}

fn one_by_one(count: usize, work: &Work<'_>) {
    (0..count).for_each(work);
}

fn from_the_last(count: usize, work: &Work<'_>) {
    (0..count).rev().for_each(work);
}

fn none_at_all(_: usize, _: &Work<'_>) {}

#[test]
fn pipelines_are_made_once_whoever_makes_them() {
    let want = expected();
    for workers in [one_by_one, from_the_last, none_at_all, in_parallel] {
        let engine = engine(workers);
        let (variables, plan) = network(&engine);
        let made = plan.summary().pipelines;
        let kernels: BTreeSet<_> =
            [plan.prologue(), plan.recording()].into_iter().flat_map(super::kernels).filter(|k| k != "copy").collect();
        assert!(made >= kernels.len(), "{made} pipelines for {kernels:?}");
        plan.run();
        plan.run();
        assert!(results(&variables, &plan) == want);
        assert_eq!(network(&engine.clone()).1.summary().pipelines, 0);
    }
}

#[test]
fn two_threads_plan_at_once() {
    let want = expected();
    for _ in 0..3 {
        let engine = engine(in_parallel);
        let plan = || {
            let (variables, plan) = network(&engine);
            plan.run();
            plan.run();
            results(&variables, &plan)
        };
        let all = thread::scope(|scope| {
            let jobs: Vec<_> = (0..3).map(|_| scope.spawn(plan)).collect();
            jobs.into_iter().map(|job| job.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(all.iter().all(|got| *got == want));
        assert_eq!(network(&engine).1.summary().pipelines, 0);
    }
}

/// A kernel whose text is none of ours.
const fn broken(path: &'static str, source: &'static str) -> Kernel {
    Kernel { source, path, ..kernel!("nn/fill", [u32; 4], [Write]) }
}

static NO_WGSL: Kernel = broken("nn/no_wgsl", "// use: lib/grid\n\nfn no_wgsl( {\n");
static NO_SUCH_HELPER: Kernel = broken("nn/no_such_helper", "\n// use: lib/nothing\n");
/// Valid, but another entry point than the file's stem: only making the pipeline finds out.
static NO_ENTRY: Kernel = broken("nn/no_entry", "@compute @workgroup_size(1) fn other() {}\n");

#[test]
fn what_is_wrong_with_a_shader_is_returned_on_any_thread() {
    for workers in [one_by_one, in_parallel] {
        let engine = engine(workers);
        let y = engine.tensor([4]).unwrap();
        let finish = |kernels: &[&'static Kernel]| {
            let mut rec = Recorder::new(&engine);
            for kernel in kernels {
                rec.dispatch(kernel, &[0_u32; 4], &[&y], Grid::groups(1), &[], 0.0).unwrap();
            }
            rec.finish().map(drop).map_err(|error| match error {
                Error::Shader { file, line, .. } => format!("{file}:{line}"),
                other => panic!("{other}"),
            })
        };
        assert_eq!(finish(&[&NO_WGSL]).unwrap_err(), "shaders/nn/no_wgsl.wgsl:3");
        assert_eq!(finish(&[&NO_SUCH_HELPER]).unwrap_err(), "shaders/nn/no_such_helper.wgsl:2");
        assert_eq!(finish(&[&NO_ENTRY]).unwrap_err(), "shaders/nn/no_entry.wgsl:1");
        // The first in the order of dispatches, whichever ends first.
        let all = [&NO_ENTRY, &NO_WGSL, &NO_SUCH_HELPER, &NO_WGSL];
        assert_eq!(finish(&all).unwrap_err(), "shaders/nn/no_entry.wgsl:1");
        assert_eq!(finish(&all[1..]).unwrap_err(), "shaders/nn/no_wgsl.wgsl:3");
        // And all is well afterwards.
        let (variables, plan) = network(&engine);
        plan.run();
        plan.run();
        assert!(results(&variables, &plan) == expected());
    }
}

#[test]
fn every_piece_is_done_once() {
    for count in [0, 1, 2, 100] {
        let done = Mutex::new(Vec::new());
        in_parallel(count, &|piece| done.lock().unwrap().push(piece));
        let mut done = done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, (0..count).collect::<Vec<_>>());
    }
}
