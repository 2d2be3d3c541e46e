//! Decoding ahead of whoever reads: songs are decoded on a thread while the GPU works on the ones before.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::Stream;
use super::guard::guarded;
use crate::error::{Error, Result};

/// Samples a message, and messages that may wait: about 16 MiB a song at the most.
const BLOCK: usize = 1 << 16;
const BLOCKS: usize = 64;
/// Songs that are decoded ahead.
const SONGS: usize = 2;

/// What the thread says of a song: samples, then one of the others.
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

/// Decodes files one after the other at `rate`, up to two ahead of the reader. Dropping the iterator ends the thread.
pub fn ahead(paths: Vec<PathBuf>, rate: u32) -> impl Iterator<Item = Ahead> {
    ahead_with(paths, move |path| Stream::open(path, Some(rate)))
}

/// The same for songs that `open` opens. One song comes out for every path: a panic is that song's error.
pub fn ahead_with(
    paths: Vec<PathBuf>,
    open: impl Fn(&Path) -> Result<Stream> + Send + 'static,
) -> impl Iterator<Item = Ahead> {
    let (songs, found) = sync_channel(SONGS);
    thread::spawn(move || {
        for path in paths {
            let (sender, messages) = sync_channel(BLOCKS);
            if songs.send(Ahead { path: path.clone(), messages, ended: false, warnings: Vec::new() }).is_err() {
                return;
            }
            let end = match guarded(&path, || decode(&path, &open, &sender)) {
                Ok(warnings) => Message::End(warnings),
                Err(error) => Message::Failed(error),
            };
            // Nobody may listen any more; the next song finds out.
            drop(sender.send(end));
        }
    });
    found.into_iter()
}

/// Sends a song block by block and returns its warnings; stops early if nobody listens any more.
fn decode(path: &Path, open: &impl Fn(&Path) -> Result<Stream>, sender: &SyncSender<Message>) -> Result<Vec<String>> {
    let mut stream = open(path)?;
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        if stream.read(&mut block, BLOCK)? == 0 || sender.send(Message::Samples(block)).is_err() {
            return Ok(stream.warnings());
        }
    }
}
