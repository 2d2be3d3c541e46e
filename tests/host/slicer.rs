//! Slices are windows of the picture, whatever their distance and whatever the pieces in which columns come.

use tunevote::pictures::Slicer;
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd, SliceGeometry};

const ROWS: usize = 16;

fn slices(hop: u32, columns: &[f32], piece: usize) -> Vec<Vec<f32>> {
    let geometry = SliceGeometry { width: 12, height: 10, first_row: 3, hop };
    let front_end = FrontEnd::Mel(MelFrontEnd { n_mels: ROWS as u32, slices: geometry, ..MelFrontEnd::compact() });
    front_end.check().unwrap();
    let mut slicer = Slicer::new(&front_end);
    let mut slices = Vec::new();
    let mut emit = |slice: &[f32]| {
        slices.push(slice.to_vec());
        Ok(())
    };
    columns.chunks(piece * ROWS).for_each(|part| slicer.push(part, &mut emit).unwrap());
    slices
}

#[test]
fn any_hop_and_any_piece() {
    // Each value is its own place.
    let count = 100;
    let columns: Vec<f32> = (0..count * ROWS).map(|place| place as f32).collect();
    for hop in [1, 5, 12, 13, 40] {
        let want: Vec<Vec<f32>> = (0..=count - 12)
            .step_by(hop)
            .map(|first| (0..10).flat_map(|y| (first..first + 12).map(move |x| (x * ROWS + 3 + y) as f32)).collect())
            .collect();
        for piece in [1, 7, 12, 50, count] {
            assert_eq!(slices(hop as u32, &columns, piece), want, "hop {hop}, {piece} columns a piece");
        }
    }
}
