//! Decoding ahead of whoever reads: songs are decoded on a thread while the GPU works on the ones before.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::Stream;
use crate::error::Result;

/// Samples a message, and messages that may wait: about 16 MiB a song at the most.
const BLOCK: usize = 1 << 16;
const BLOCKS: usize = 64;
/// Songs that are decoded ahead.
const SONGS: usize = 2;

/// One song on its way: its path, and its samples from a thread.
#[derive(Debug)]
pub struct Ahead {
    /// The file.
    pub path: PathBuf,
    blocks: Receiver<Result<Vec<f32>>>,
}

impl Ahead {
    /// Appends the next samples and says how many; 0 is the end.
    ///
    /// # Errors
    /// What [`Stream::open`] and [`Stream::read`] say.
    pub fn read(&mut self, out: &mut Vec<f32>) -> Result<usize> {
        match self.blocks.recv() {
            Ok(Ok(block)) => {
                out.extend_from_slice(&block);
                Ok(block.len())
            }
            Ok(Err(error)) => Err(error),
            // The thread hung up behind its last block.
            Err(_) => Ok(0),
        }
    }
}

/// Decodes files one after the other at `rate`, up to two ahead of the reader. Dropping the iterator ends the thread.
pub fn ahead(paths: Vec<PathBuf>, rate: u32) -> impl Iterator<Item = Ahead> {
    let (songs, found) = sync_channel(SONGS);
    thread::spawn(move || {
        for path in paths {
            let (blocks, received) = sync_channel(BLOCKS);
            if songs.send(Ahead { path: path.clone(), blocks: received }).is_err() {
                return;
            }
            decode(&path, rate, &blocks);
        }
    });
    found.into_iter()
}

/// Sends a song block by block; stops early if nobody listens any more.
fn decode(path: &std::path::Path, rate: u32, blocks: &SyncSender<Result<Vec<f32>>>) {
    let mut stream = match Stream::open(path, Some(rate)) {
        Ok(stream) => stream,
        Err(error) => return drop(blocks.send(Err(error))),
    };
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        match stream.read(&mut block, BLOCK) {
            Ok(0) => return,
            Ok(_) => {
                if blocks.send(Ok(block)).is_err() {
                    return;
                }
            }
            Err(error) => return drop(blocks.send(Err(error))),
        }
    }
}
