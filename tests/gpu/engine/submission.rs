//! Several writes, runs and reads in one submission, and the buffers that they go through.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tunevote::blocking::{take, wait};
use tunevote::gpu::{AdapterChoice, Engine, Features, Made, Recorder, Recording, Tensor};
use tunevote::kernels::pointwise;
use tunevote::shape::Unary;
use tunevote::wgpu;

use super::errors::{callers_device, callers_engine};
use crate::harness::engines;

/// An engine whose counters are this test's alone.
fn fresh() -> Engine {
    let choice = AdapterChoice::Name(engines()[1].info().name.clone());
    pollster::block_on(Engine::headless(&choice, Features::Portable)).unwrap()
}

fn negation(engine: &Engine, x: &Tensor, y: &Tensor) -> Recording {
    let mut rec = Recorder::new(engine);
    pointwise::unary(&mut rec, x, y, &[Unary::Neg]).unwrap();
    rec.finish().unwrap()
}

/// What was made since.
fn since(engine: &Engine, before: Made) -> (u64, u64, u64) {
    let now = engine.made();
    (now.buffers - before.buffers, now.bind_groups - before.bind_groups, now.submits - before.submits)
}

#[test]
fn everything_in_order_and_at_once() {
    for engine in [fresh(), callers_engine()] {
        let engine = &engine;
        let (x, y) = (engine.tensor([1000]).unwrap(), engine.tensor([1000]).unwrap());
        let negate = negation(engine, &x, &y);
        for round in 0..3 {
            let before = engine.made();
            let mut submission = engine.submission();
            let mut reads = Vec::new();
            for value in [1.0, 2.0, 3.0] {
                submission.write(&x, &[value; 1000]).unwrap();
                negate.encode(submission.encoder());
                reads.push((value, submission.read(&y)));
            }
            let input = submission.read(&x);
            assert_eq!(engine.made().submits, before.submits, "it was submitted before it should");
            submission.submit().unwrap();
            for (value, read) in reads {
                assert_eq!(take(read).unwrap(), [-value; 1000]);
            }
            assert_eq!(take(input).unwrap(), [3.0; 1000]);
            let (buffers, bind_groups, submits) = since(engine, before);
            assert_eq!((bind_groups, submits), (0, 1));
            assert!(buffers == 0 || round == 0, "round {round} makes {buffers} buffers");
        }
        engine.check().unwrap();
    }
}

#[test]
fn two_submissions_are_under_way_at_once() {
    let engine = &fresh();
    let (x, y) = (engine.tensor([100]).unwrap(), engine.tensor([100]).unwrap());
    let negate = negation(engine, &x, &y);
    let start = |value: f32| {
        let mut submission = engine.submission();
        submission.write(&x, &[value; 100]).unwrap();
        negate.encode(submission.encoder());
        let read = submission.read(&y);
        submission.submit().unwrap();
        read
    };
    let mut before = start(0.0);
    let mut made = engine.made();
    for k in 1..20_u8 {
        let next = start(f32::from(k));
        assert_eq!(take(before).unwrap(), [-f32::from(k - 1); 100]);
        before = next;
        let (buffers, bind_groups, submits) = since(engine, made);
        assert_eq!((bind_groups, submits), (0, 1));
        // The second step under way needs buffers of its own, no later one does.
        assert!(buffers == 0 || k == 1, "step {k} makes {buffers} buffers");
        made = engine.made();
    }
    // Nor in the other order.
    let (one, two) = (start(1.0), start(2.0));
    assert_eq!((take(two).unwrap()[0], take(one).unwrap()[0]), (-2.0, -1.0));
    assert_eq!(take(before).unwrap()[0], -19.0);
}

/// On a device that goes on by itself; lavapipe has done its work when a submission returns.
#[test]
fn what_is_waited_for_is_not_what_comes_behind_it() {
    let engine = &fresh();
    let (x, y) = (engine.upload([16 << 20], &vec![0.5; 16 << 20]).unwrap(), engine.tensor([16 << 20]).unwrap());
    let mut rec = Recorder::new(engine);
    for _ in 0..5 {
        pointwise::unary(&mut rec, &x, &y, &[Unary::Tanh]).unwrap();
        pointwise::unary(&mut rec, &y, &x, &[Unary::Exp]).unwrap();
    }
    let recording = rec.finish().unwrap();
    let start = |times: usize| {
        let mut submission = engine.submission();
        (0..times).for_each(|_| recording.encode(submission.encoder()));
        let read = submission.read(&y.rows(0, 4).unwrap());
        submission.submit().unwrap();
        read
    };
    let (first, mut second) = (start(1), pin!(start(5)));
    take(first).unwrap();
    let early = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(early.is_pending(), "the first one has waited for the second one");
    assert!(wait(engine, second).unwrap().iter().all(|&v| v > 0.0 && v < 1.0));
}

#[test]
fn a_dropped_readback_gives_its_buffer_back() {
    let engine = &fresh();
    let x = engine.upload([100], &[1.0; 100]).unwrap();
    let idle = || engine.device().poll(wgpu::PollType::wait_indefinitely()).unwrap();
    // Before it arrives, after it arrived, and before it is submitted.
    drop(engine.read(&x));
    idle();
    let kept = engine.kept_bytes();
    assert!(kept[1] >= 400, "nothing came back: {kept:?}");
    let made = engine.made();
    let arrived = engine.read(&x);
    idle();
    drop(arrived);
    let mut submission = engine.submission();
    drop(submission.read(&x));
    submission.submit().unwrap();
    idle();
    assert_eq!(take(engine.read(&x)).unwrap(), [1.0; 100]);
    assert_eq!((since(engine, made), engine.kept_bytes()), ((0, 0, 3), kept));
}

#[test]
fn what_is_not_submitted_is_not_done_and_gives_its_buffers_back() {
    let engine = &fresh();
    let x = engine.upload([100], &[1.0; 100]).unwrap();
    take(engine.read(&x)).unwrap();
    engine.device().poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let (made, kept) = (engine.made(), engine.kept_bytes());
    let mut submission = engine.submission();
    submission.write(&x, &[2.0; 100]).unwrap();
    let mut early = pin!(submission.read(&x));
    assert!(early.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(submission);
    let Poll::Ready(late) = early.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it still waits")
    };
    assert_eq!(late.unwrap_err().to_string(), "reading a tensor back failed: it was not submitted");
    let mut submission = engine.submission();
    let forgotten = take(submission.read(&x)).unwrap_err().to_string();
    assert!(forgotten.contains("not submitted"), "{forgotten}");
    drop(submission);
    assert_eq!((since(engine, made), engine.kept_bytes()), ((0, 0, 0), kept));
    assert_eq!(take(engine.read(&x)).unwrap(), [1.0; 100]);
    assert_eq!(since(engine, made), (0, 0, 1));
}

#[test]
fn large_tensors_come_back_and_little_of_them_is_kept() {
    let engine = &fresh();
    let x = engine.upload([100], &[1.0; 100]).unwrap();
    take(engine.read(&x)).unwrap();
    let count = 12 << 20;
    let values: Vec<f32> = (0..count).map(|i| i as f32).collect();
    let large = engine.upload([count], &values).unwrap();
    let made = engine.made();
    assert!(take(engine.read(&large)).unwrap() == values);
    assert_eq!(since(engine, made), (1, 0, 1));
    assert!(take(engine.read(&large)).unwrap() == values);
    assert_eq!(since(engine, made), (1, 0, 2));
    // Three of 48 MiB at once are more than is kept.
    let all = [(); 3].map(|()| engine.read(&large));
    all.into_iter().for_each(|read| assert!(take(read).unwrap() == values));
    assert_eq!(since(engine, made), (3, 0, 5));
    let kept = engine.kept_bytes();
    assert!((96 << 20..=128 << 20).contains(&kept[1]), "{kept:?}");
}

#[test]
fn what_no_longer_serves_is_let_go() {
    let engine = &fresh();
    let small = engine.upload([4], &[1.0; 4]).unwrap();
    let large = engine.tensor([1 << 20]).unwrap();
    take(engine.read(&large)).unwrap();
    assert!(engine.kept_bytes()[1] >= 4 << 20);
    for _ in 0..1100 {
        take(engine.read(&small)).unwrap();
    }
    assert!(engine.kept_bytes()[1] < 1 << 20, "{:?}", engine.kept_bytes());
}

#[test]
fn a_submission_that_the_device_refuses_fails_as_a_whole() {
    let (device, queue) = callers_device();
    let engine = &Engine::from_device(device, queue);
    let (x, gone) = (engine.upload([4], &[1.0; 4]).unwrap(), engine.tensor([4]).unwrap());
    gone.buffer().destroy();
    let mut submission = engine.submission();
    submission.write(&x, &[2.0; 4]).unwrap();
    let read = submission.read(&x);
    submission.write(&gone, &[2.0; 4]).unwrap();
    let refused = submission.submit().unwrap_err().to_string();
    assert!(refused.contains(&engine.info().name) && refused.contains("destroyed"), "{refused}");
    let refused = take(read).unwrap_err().to_string();
    assert!(refused.contains("destroyed"), "{refused}");
    let refused = engine.submission().write(&x, &[0.0; 5]).unwrap_err().to_string();
    assert_eq!(refused, "write: values should be 4 values, but is 5");
    // And all is well afterwards.
    assert_eq!(take(engine.read(&x)).unwrap(), [1.0; 4]);
}

#[test]
fn a_lost_device_is_told_by_every_call() {
    let engine = &fresh();
    let x = engine.upload([4], &[1.0; 4]).unwrap();
    take(engine.read(&x)).unwrap();
    let under_way = engine.read(&x);
    engine.device().destroy();
    let _ = engine.device().poll(wgpu::PollType::Poll);
    assert!(take(under_way).is_err());
    for _ in 0..3 {
        let told = take(engine.read(&x)).unwrap_err().to_string();
        assert!(told.contains("lost"), "{told}");
        assert!(engine.upload([4], &[1.0; 4]).is_err());
    }
}
