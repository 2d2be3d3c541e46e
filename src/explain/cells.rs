//! Places of a slice, and what becomes of an answer without them.

use crate::error::Result;
use crate::predict::Predictor;
use crate::shape::between;

/// A picture of numbers, rows from row 0 of the slice on.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Height and width.
    pub size: [usize; 2],
    /// Row by row.
    pub values: Vec<f32>,
}

impl Map {
    /// Of so many rows and columns.
    pub fn new(size: [usize; 2], values: Vec<f32>) -> Self {
        Self { size, values }
    }

    /// The map in another size: straight between the middles of its pixels, beyond the outermost as those.
    #[must_use]
    pub fn resized(&self, size: [usize; 2]) -> Self {
        let near = |axis: usize, at: usize| between(self.size[axis], size[axis], at);
        let value = |row: usize, column: usize| {
            let across = near(1, column);
            let part = |(row, by): (usize, f64)| {
                let along = across.map(|(column, by)| by * f64::from(self.values[row * self.size[1] + column]));
                by * (along[0] + along[1])
            };
            let [above, below] = near(0, row);
            (part(above) + part(below)) as f32
        };
        let values = (0..size[0]).flat_map(|row| (0..size[1]).map(move |column| (row, column)));
        Self::new(size, values.map(|(row, column)| value(row, column)).collect())
    }
}

/// A slice cut into cells of equal size, but for those at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Height and width of the slice.
    slice: [usize; 2],
    /// Those of a cell.
    cell: [usize; 2],
}

impl Cells {
    /// About `most` cells down and across, or as many as there are rows and columns.
    pub fn new(slice: [usize; 2], most: usize) -> Self {
        Self { slice, cell: slice.map(|side| side.div_ceil(most).max(1)) }
    }

    /// Cells down and across.
    pub fn size(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.slice[axis].div_ceil(self.cell[axis]))
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.size().iter().product()
    }

    /// What a map says of each cell: the mean over it.
    pub fn of(&self, map: &Map) -> Map {
        let whole = map.resized(self.slice);
        let mut sums = vec![(0.0, 0); self.count()];
        for (at, &value) in whole.values.iter().enumerate() {
            let (sum, count) = &mut sums[self.cell_of(at)];
            *sum += value;
            *count += 1;
        }
        Map::new(self.size(), sums.into_iter().map(|(sum, count)| sum / count as f32).collect())
    }

    /// The cell of a pixel.
    fn cell_of(&self, pixel: usize) -> usize {
        let (row, column) = (pixel / self.slice[1], pixel % self.slice[1]);
        row / self.cell[0] * self.size()[1] + column / self.cell[1]
    }

    /// The slice with some cells covered by its mean.
    pub fn covered(&self, slice: &[f32], covered: &[bool]) -> Vec<f32> {
        let mean = mean(slice);
        slice.iter().enumerate().map(|(at, &value)| if covered[self.cell_of(at)] { mean } else { value }).collect()
    }
}

/// What a cover is made of.
pub(super) fn mean(slice: &[f32]) -> f32 {
    (slice.iter().map(|&value| f64::from(value)).sum::<f64>() / slice.len().max(1) as f64) as f32
}

/// How much of a class's probability goes when a cell of a slice (H,W) is covered by the slice's mean (Zeiler & Fergus 2014): below 0 where it rises. It needs no gradient, and so tells of
/// every network.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) if the device fails.
pub fn occlude(predictor: &Predictor, cells: &Cells, slice: &[f32], class: usize) -> Result<Map> {
    let mut inputs = slice.to_vec();
    for cell in 0..cells.count() {
        let mut covered = vec![false; cells.count()];
        covered[cell] = true;
        inputs.extend(cells.covered(slice, &covered));
    }
    let answers = predictor.probabilities(&inputs)?;
    let class: Vec<_> = answers.chunks_exact(predictor.outputs()).map(|row| row[class]).collect();
    Ok(Map::new(cells.size(), class[1..].iter().map(|without| class[0] - without).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_of_its_own_size_stays_and_a_larger_one_goes_straight() {
        let map = Map::new([2, 2], vec![0.0, 1.0, 2.0, 3.0]);
        assert_eq!(map.resized([2, 2]), map);
        let wide = map.resized([1, 4]);
        assert_eq!(wide.values, [1.0, 1.25, 1.75, 2.0]);
        assert_eq!(Map::new([1, 1], vec![5.0]).resized([3, 2]).values, [5.0; 6]);
    }

    #[test]
    fn cells_tile_a_slice() {
        let cells = Cells::new([5, 7], 3);
        assert_eq!((cells.size(), cells.count()), ([3, 3], 9));
        let mut seen = [0; 9];
        (0..35).for_each(|pixel| seen[cells.cell_of(pixel)] += 1);
        assert_eq!(seen, [6, 6, 2, 6, 6, 2, 3, 3, 1]);
        assert_eq!(Cells::new([2, 3], 16).size(), [2, 3]);
        let map = Map::new([5, 7], (0..35).map(|i| i as f32).collect());
        assert_eq!(cells.of(&map).values[8], 34.0);
        assert_eq!(cells.of(&map).values[0], (0.0 + 1.0 + 2.0 + 7.0 + 8.0 + 9.0) / 6.0);
    }

    #[test]
    fn what_is_covered_is_the_mean() {
        let cells = Cells::new([2, 2], 2);
        assert_eq!(cells.covered(&[1.0, 2.0, 3.0, 6.0], &[false, true, false, false]), [1.0, 3.0, 3.0, 6.0]);
    }
}
