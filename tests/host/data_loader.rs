//! Batches read ahead.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use tunevote::Error;
use tunevote::data::{Augment, Balance, Batch, Batches, Loader, Masks};

use crate::data_songs::*;

/// Everything that draws random numbers.
fn busy() -> Augment {
    Augment {
        mixup: 0.4,
        time: Masks { count: 2, longest: 4 },
        frequency: Masks { count: 1, longest: 3 },
        ..Augment::mild()
    }
}

fn load(batches: &Arc<Batches>, from: (u64, u64), epochs: u64) -> Vec<Batch> {
    Loader::start(batches.clone(), from, epochs, 2).unwrap().map(Result::unwrap).collect()
}

#[test]
fn batches_come_in_order_and_from_anywhere() {
    let (_root, batches) = batches(5, Balance::Labels, busy(), 3);
    let batches = Arc::new(batches);
    let expected: Vec<Batch> = (0..3).flat_map(|epoch| all(&batches, epoch)).collect();
    assert_eq!(batches.steps(), 11);
    assert_eq!(load(&batches, (0, 0), 3), expected);
    assert!(expected.windows(2).all(|pair| pair[0].slices != pair[1].slices));
    let places: Vec<_> = expected.iter().map(|batch| (batch.epoch, batch.step)).collect();
    assert_eq!(places, (0..3).flat_map(|epoch| (0..11).map(move |step| (epoch, step))).collect::<Vec<_>>());
    for (from, first) in
        [((0, 7), 7), ((1, 0), 11), ((1, 10), 21), ((1, 11), 22), ((2, 10), 32), ((2, 11), 33), ((3, 0), 33)]
    {
        assert_eq!(load(&batches, from, 3), expected[first..], "from {from:?}");
    }
}

#[test]
fn another_seed_gives_other_batches_and_another_run_the_same() {
    let first = |seed| {
        let (_root, batches) = batches(5, Balance::Labels, busy(), seed);
        batches.epoch(0).batch(0).unwrap()
    };
    assert_eq!(first(3), first(3));
    assert_ne!(first(3).slices, first(4).slices);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (_root, batches) = batches(23, Balance::None, busy(), 3);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all(&batches, 0))
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn errors_are_passed_on_and_end_it() {
    let (root, batches) = batches(5, Balance::None, Augment::default(), 3);
    let cache = root.path().join("cache");
    let mut loader = Loader::start(Arc::new(batches), (0, 0), 1000, 1).unwrap();
    loader.next().unwrap().unwrap();
    std::fs::remove_dir_all(&cache).unwrap();
    let error = loader.find_map(Result::err).unwrap();
    assert!(matches!(&error, Error::Io { path, .. } if path.starts_with(&cache)), "{error}");
    assert!(loader.next().is_none());
    assert!(loader.next().is_none());
}

/// Dropping a loader that is waiting for room must not wait for ever.
#[test]
fn a_dropped_loader_ends() {
    let (_root, batches) = batches(5, Balance::None, Augment::default(), 3);
    let batches = Arc::new(batches);
    for taken in [0, 1, 3] {
        for ahead in [0, 1, 4] {
            let mut loader = Loader::start(batches.clone(), (0, 0), u64::MAX, ahead).unwrap();
            loader.by_ref().take(taken).for_each(|batch| drop(batch.unwrap()));
            std::thread::sleep(Duration::from_millis(5));
            let (done, wait) = channel();
            std::thread::spawn(move || {
                drop(loader);
                done.send(())
            });
            wait.recv_timeout(Duration::from_secs(30)).unwrap();
            // The thread has let go of them.
            assert_eq!(Arc::strong_count(&batches), 1);
        }
    }
}

/// What is read ahead is `ahead` batches and the one that waits to be put there.
#[test]
fn memory_is_bounded() {
    let (root, batches) = batches(5, Balance::None, Augment::default(), 3);
    let mut loader = Loader::start(Arc::new(batches), (0, 0), 1000, 3).unwrap();
    loader.next().unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    std::fs::remove_dir_all(root.path().join("cache")).unwrap();
    let ready = loader.take_while(Result::is_ok).count();
    assert!((1..=4).contains(&ready), "{ready} batches were read ahead");
}
