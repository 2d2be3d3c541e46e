//! A song's samples by their position, read once from front to back.

use std::collections::VecDeque;

use crate::error::Result;
use crate::signal::front_end::Padding;

/// Where samples come from: appends up to so many to the vector, and says how many; 0 is the end.
pub type Samples<'a> = dyn FnMut(&mut Vec<f32>, usize) -> Result<usize> + 'a;

/// The part of a song that is still needed.
pub(super) struct Source<'a> {
    next: &'a mut Samples<'a>,
    padding: Padding,
    /// Position of the first sample in `held`.
    first: u64,
    held: VecDeque<f32>,
    /// The song's first samples, kept for the mirror image before its start.
    head: Vec<f32>,
    ended: bool,
}

/// Samples read at once.
const GULP: usize = 1 << 16;

impl<'a> Source<'a> {
    /// A song that was not read yet. For [`Padding::Reflect`] its first samples are kept.
    pub fn new(next: &'a mut Samples<'a>, padding: Padding) -> Self {
        Self { next, padding, first: 0, held: VecDeque::new(), head: Vec::new(), ended: false }
    }

    /// Samples read so far.
    pub fn seen(&self) -> u64 {
        self.first + self.held.len() as u64
    }

    /// Whether the song's end was read.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Reads on until `position` samples were seen or the song ends.
    pub fn read_to(&mut self, position: u64) -> Result<()> {
        let mut gulp = Vec::new();
        while !self.ended && self.seen() < position {
            gulp.clear();
            self.ended = (self.next)(&mut gulp, GULP)? == 0;
            if self.first == 0 && self.padding == Padding::Reflect && self.head.len() < GULP {
                self.head.extend_from_slice(&gulp);
            }
            self.held.extend(&gulp);
        }
        Ok(())
    }

    /// Forgets samples before `position`, but for what a mirror at the end may still need.
    pub fn forget_before(&mut self, position: i64, reach: usize) {
        let keep = position.saturating_sub(reach as i64).max(0) as u64;
        let count = keep.saturating_sub(self.first).min(self.held.len() as u64);
        self.held.drain(..count as usize);
        self.first += count;
    }

    /// `count` samples from `first` on, in `out`; outside the song as the padding says.
    pub fn copy(&self, first: i64, count: usize, out: &mut Vec<f32>) {
        out.clear();
        let end = first + count as i64;
        // What is held is copied as it lies; only what a mirror or the padding stands for is looked up one by one.
        let from = first.max(self.first as i64).min(end);
        let to = end.min(self.seen() as i64).max(from);
        out.extend((first..from).map(|position| self.at(position)));
        if from < to {
            let begin = (from - self.first as i64) as usize;
            out.extend(self.held.range(begin..begin + (to - from) as usize));
        }
        out.extend((to..end).map(|position| self.at(position)));
    }

    fn at(&self, position: i64) -> f32 {
        let total = self.seen() as i64;
        let inside = match self.padding {
            Padding::Reflect if total > 0 && self.ended => mirror(position, total),
            Padding::Reflect if position < 0 => -position,
            _ => position,
        };
        if inside < 0 || inside >= total {
            return 0.0;
        }
        let back = inside - self.first as i64;
        if back >= 0 { self.held[back as usize] } else { self.head.get(inside as usize).copied().unwrap_or(0.0) }
    }
}

/// The position inside `0..total` that `position` mirrors to; the first and last sample are not repeated.
fn mirror(position: i64, total: i64) -> i64 {
    let period = (2 * (total - 1)).max(1);
    let within = position.rem_euclid(period);
    if within < total { within } else { period - within }
}

#[cfg(test)]
mod tests {
    use super::Padding;

    /// A stretch is the same numbers as its samples one by one, wherever it begins and ends and whatever was forgotten.
    #[test]
    fn a_stretch_is_its_samples() {
        for padding in [Padding::Zero, Padding::Reflect] {
            let mut left: Vec<f32> = (1..=40).map(|i| i as f32).collect();
            let mut next = |out: &mut Vec<f32>, wanted: usize| {
                let rest = left.split_off(left.len().min(wanted));
                out.extend(std::mem::replace(&mut left, rest).iter());
                Ok(out.len())
            };
            let mut source = super::Source::new(&mut next, padding);
            assert!(source.read_to(41).is_ok());
            assert_eq!((source.seen(), source.ended()), (40, true));
            for forgotten in [0, 3, 17] {
                source.forget_before(forgotten, 0);
                assert_eq!(source.first, forgotten as u64);
                for first in -9..50 {
                    for count in [0, 1, 7, 60] {
                        let mut out = vec![9.0];
                        source.copy(first, count, &mut out);
                        let single: Vec<_> =
                            (first..first + count as i64).map(|position| source.at(position)).collect();
                        assert_eq!(out, single, "{padding:?}: {count} from {first} on, {forgotten} forgotten");
                    }
                }
            }
        }
    }

    #[test]
    fn the_mirror_does_not_repeat_its_edge() {
        let mirrored: Vec<_> = (-3..7).map(|position| super::mirror(position, 4)).collect();
        assert_eq!(mirrored, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(super::mirror(-5, 1), 0);
    }
}
