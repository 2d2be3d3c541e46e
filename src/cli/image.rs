//! Pictures as PNG.

use std::io::Write as _;

use crate::gan::Sheet;

/// A picture of `width` pixels a row, its rows from the top, 0 for black; made row by row.
pub(super) fn grey_png(width: usize, height: usize, rows: impl Iterator<Item = Vec<u8>>) -> anyhow::Result<Vec<u8>> {
    png(width, height, png::ColorType::Grayscale, rows)
}

/// The same with red, green and blue for each pixel.
pub(super) fn rgb_png(width: usize, height: usize, rows: impl Iterator<Item = Vec<u8>>) -> anyhow::Result<Vec<u8>> {
    png(width, height, png::ColorType::Rgb, rows)
}

fn png(
    width: usize,
    height: usize,
    colour: png::ColorType,
    rows: impl Iterator<Item = Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    let mut image = writer.stream_writer()?;
    for row in rows {
        image.write_all(&row)?;
    }
    image.finish()?;
    writer.finish()?;
    Ok(bytes)
}

/// A sheet of pictures.
pub(super) fn sheet_png(sheet: &Sheet) -> anyhow::Result<Vec<u8>> {
    grey_png(sheet.width, sheet.height, sheet.pixels.chunks_exact(sheet.width).map(<[u8]>::to_vec))
}
