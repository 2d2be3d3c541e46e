//! Columns become slices.

use crate::error::Result;
use crate::signal::front_end::{FrontEnd, SliceGeometry};

/// Cuts a stream of columns into slices (height, width), as the front end's geometry says.
#[derive(Debug)]
pub struct Slicer {
    geometry: SliceGeometry,
    rows: usize,
    /// Columns that a later slice may still need, and how many before them are to be skipped.
    held: Vec<f32>,
    skip: usize,
}

impl Slicer {
    /// For songs of this front end.
    pub fn new(front_end: &FrontEnd) -> Self {
        Self { geometry: front_end.slices(), rows: front_end.rows() as usize, held: Vec::new(), skip: 0 }
    }

    /// Takes columns (each of all the picture's rows) and gives every slice that they complete to `emit`.
    ///
    /// # Errors
    /// What `emit` returns.
    pub fn push(&mut self, columns: &[f32], emit: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        self.held.extend_from_slice(columns);
        let (width, hop) = (self.geometry.width as usize, self.geometry.hop as usize);
        let (height, first) = (self.geometry.height as usize, self.geometry.first_row as usize);
        let mut slice = vec![0.0; width * height];
        loop {
            let skipped = self.skip.min(self.held.len() / self.rows);
            self.held.drain(..skipped * self.rows);
            self.skip -= skipped;
            if self.skip > 0 || self.held.len() < width * self.rows {
                return Ok(());
            }
            for (x, column) in self.held.chunks_exact(self.rows).take(width).enumerate() {
                for y in 0..height {
                    slice[y * width + x] = column[first + y];
                }
            }
            emit(&slice)?;
            self.skip = hop;
        }
    }
}
