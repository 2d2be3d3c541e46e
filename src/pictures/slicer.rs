//! Columns become slices.

use crate::error::Result;
use crate::signal::front_end::{FrontEnd, SliceGeometry};

/// Cuts a stream of columns into slices (height, width), as the front end's geometry says.
#[derive(Debug)]
pub struct Slicer {
    geometry: SliceGeometry,
    rows: usize,
    /// Columns that a later slice may still need.
    held: Vec<f32>,
    /// Columns from the first one held to the next slice: more than are held where slices do not touch.
    next: usize,
}

impl Slicer {
    /// For songs of this front end.
    pub fn new(front_end: &FrontEnd) -> Self {
        Self { geometry: front_end.slices(), rows: front_end.rows() as usize, held: Vec::new(), next: 0 }
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
        let held = self.held.len() / self.rows;
        while self.next + width <= held {
            let columns = self.held[self.next * self.rows..].chunks_exact(self.rows);
            for (x, column) in columns.take(width).enumerate() {
                for y in 0..height {
                    slice[y * width + x] = column[first + y];
                }
            }
            emit(&slice)?;
            self.next += hop;
        }
        let done = self.next.min(held);
        self.held.drain(..done * self.rows);
        self.next -= done;
        Ok(())
    }
}
