//! Decoding ahead of whoever reads: songs are decoded on threads, one a core, while the GPU works on the ones before.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Stream;
use super::guard::guarded;
use crate::error::{Error, Result};

/// Samples a message, and messages that may wait: 16 MiB a song at the most.
const BLOCK: usize = 1 << 16;
const BLOCKS: usize = 64;

/// What a thread says of a song: samples, then one of the others.
enum Message {
    Samples(Vec<f32>),
    /// The end of a song that was read, with its [`Stream::warnings`].
    End(Vec<String>),
    Failed(Error),
}

/// One song on its way: its path, and its samples from a thread.
#[derive(Debug)]
pub struct Ahead {
    /// The file.
    pub path: PathBuf,
    messages: Receiver<Message>,
    ended: bool,
    warnings: Vec<String>,
}

impl Ahead {
    /// Appends the next samples and says how many; 0 is the end.
    ///
    /// # Errors
    /// What [`Stream::open`] and [`Stream::read`] say; [`Error::Audio`] if decoding crashed.
    pub fn read(&mut self, out: &mut Vec<f32>) -> Result<usize> {
        if self.ended {
            return Ok(0);
        }
        match self.messages.recv() {
            Ok(Message::Samples(block)) => {
                out.extend_from_slice(&block);
                Ok(block.len())
            }
            Ok(Message::End(warnings)) => {
                (self.ended, self.warnings) = (true, warnings);
                Ok(0)
            }
            Ok(Message::Failed(error)) => Err(error),
            // Every song ends with a word, so this is none.
            Err(_) => {
                let problem = "its decoding ended without a word; try it again".to_owned();
                Err(Error::Audio { path: self.path.clone(), problem })
            }
        }
    }

    /// What a person should know about the song, as [`Stream::warnings`] says; known once [`read`](Self::read) gave 0.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// Decodes files at `rate`, as many at once as the machine has cores, and gives them in their order, which is the one to read
/// them in. Of a song, and of one more than there are cores, 16 MiB wait at the most. Dropping the iterator ends the threads
/// once they have no song left that somebody reads.
pub fn ahead(paths: Vec<PathBuf>, rate: u32) -> impl Iterator<Item = Ahead> {
    ahead_with(paths, move |path| Stream::open(path, Some(rate)))
}

/// The same for songs that `open` opens. One song comes out for every path: a panic is that song's error.
pub fn ahead_with(
    paths: Vec<PathBuf>,
    open: impl Fn(&Path) -> Result<Stream> + Send + Sync + 'static,
) -> impl Iterator<Item = Ahead> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    let (jobs, waiting) = channel();
    let (open, waiting) = (Arc::new(open), Arc::new(Mutex::new(waiting)));
    for _ in 0..threads {
        let (open, waiting) = (Arc::clone(&open), Arc::clone(&waiting));
        thread::spawn(move || {
            while let Some(job) = next(&waiting) {
                job.run(&*open);
            }
        });
    }
    let mut songs = Songs { paths: paths.into_iter(), jobs, begun: VecDeque::new(), most: threads };
    songs.begin();
    songs
}

/// The next job in the order of songs; none once nobody gives any more.
fn next(waiting: &Mutex<Receiver<Job>>) -> Option<Job> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Songs in their order, of which the first ones are being decoded.
struct Songs {
    paths: std::vec::IntoIter<PathBuf>,
    jobs: Sender<Job>,
    begun: VecDeque<Ahead>,
    /// Of these at most, beside the one that is read: as many as threads.
    most: usize,
}

impl Songs {
    fn begin(&mut self) {
        while self.begun.len() < self.most
            && let Some(path) = self.paths.next()
        {
            let (sender, messages) = sync_channel(BLOCKS);
            // The threads end after this sender.
            drop(self.jobs.send(Job { path: path.clone(), sender }));
            self.begun.push_back(Ahead { path, messages, ended: false, warnings: Vec::new() });
        }
    }
}

impl Iterator for Songs {
    type Item = Ahead;

    fn next(&mut self) -> Option<Ahead> {
        let song = self.begun.pop_front();
        self.begin();
        song
    }
}

/// A song to decode.
struct Job {
    path: PathBuf,
    sender: SyncSender<Message>,
}

impl Job {
    /// Sends a song block by block, then a word on how it ended.
    fn run(self, open: &impl Fn(&Path) -> Result<Stream>) {
        let end = match guarded(&self.path, || self.decode(open)) {
            Ok(warnings) => Message::End(warnings),
            Err(error) => Message::Failed(error),
        };
        // Nobody may listen any more.
        drop(self.sender.send(end));
    }

    /// Gives the song's warnings; stops early if nobody listens any more.
    fn decode(&self, open: &impl Fn(&Path) -> Result<Stream>) -> Result<Vec<String>> {
        let mut stream = open(&self.path)?;
        loop {
            let mut block = Vec::with_capacity(BLOCK);
            if stream.read(&mut block, BLOCK)? == 0 || self.sender.send(Message::Samples(block)).is_err() {
                return Ok(stream.warnings());
            }
        }
    }
}
