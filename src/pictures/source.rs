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
        while self.first < keep && self.held.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// `count` samples from `first` on, in `out`; outside the song as the padding says.
    pub fn copy(&self, first: i64, count: usize, out: &mut Vec<f32>) {
        out.clear();
        out.extend((first..first + count as i64).map(|position| self.at(position)));
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
    #[test]
    fn the_mirror_does_not_repeat_its_edge() {
        let mirrored: Vec<_> = (-3..7).map(|position| super::mirror(position, 4)).collect();
        assert_eq!(mirrored, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(super::mirror(-5, 1), 0);
    }
}
