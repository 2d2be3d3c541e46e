//! The whole way from a song's file to its picture, as the program goes it: against SoX's own pictures of real music.

use std::path::{Path, PathBuf};

use tunevote::audio::Stream;
use tunevote::pictures::{Painter, Slicer};
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd, SoxFrontEnd};

use crate::harness::engines;
use crate::reference::sox::{self, Parity};

fn paint(painter: &Painter, samples: &[f32]) -> Vec<f32> {
    let mut at = 0;
    let mut columns = Vec::new();
    let mut next = |out: &mut Vec<f32>, wanted: usize| {
        let count = wanted.min(samples.len() - at);
        out.extend_from_slice(&samples[at..at + count]);
        at += count;
        Ok(count)
    };
    let count = painter.paint(&mut next, &mut |part| {
        columns.extend_from_slice(part);
        Ok(())
    });
    assert_eq!(count.unwrap() as usize * painter.front_end().rows() as usize, columns.len());
    columns
}

/// The pairs that tools/parity/sox.sh left: a wav and SoX's picture of it.
fn pairs(rate: u32) -> Vec<PathBuf> {
    let folder = std::env::var_os("TUNEVOTE_PARITY")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parity"), PathBuf::from);
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("no music to compare with in {}: run tools/parity/sox.sh", folder.display()));
    let mut pictures: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.to_string_lossy().ends_with(&format!("-{rate}.png")));
    pictures.sort();
    assert!(pictures.len() >= 8, "eight songs at {rate} Hz are needed: run tools/parity/sox.sh");
    pictures
}

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
fn sox_paints_alike(rate: u32) {
    let painter = Painter::new(&engines()[0], &FrontEnd::Sox(SoxFrontEnd::at(rate))).unwrap();
    for path in pairs(rate) {
        let (width, image) = sox::read_png(&std::fs::read(&path).unwrap()).unwrap();
        let mut song = Stream::open(&path.with_extension("wav"), Some(rate)).unwrap();
        let mut samples = Vec::new();
        while song.read(&mut samples, 1 << 16).unwrap() > 0 {}
        let columns = paint(&painter, &samples);
        let grey: Vec<Vec<u8>> = columns
            .chunks_exact(129)
            .map(|column| column.iter().map(|v| (v * 255.0 - 4.0).round() as u8).collect())
            .collect();
        let parity = Parity::of(&grey, &image, width);
        println!("{}: {:.4} % of {}, worst {}", path.display(), parity.percent(), parity.total, parity.worst);
        assert!(parity.percent() >= 99.5 && parity.worst <= 1, "{}: {parity:?}", path.display());
        assert!(parity.total >= 129 * 1000, "a picture of 20 seconds or more");
    }
}

#[test]
fn kernels_paint_music_at_44100_hz_as_sox_does() {
    sox_paints_alike(44_100);
}

#[test]
fn kernels_paint_music_at_48000_hz_as_sox_does() {
    sox_paints_alike(48_000);
}

#[test]
fn kernels_paint_music_at_22050_hz_as_sox_does() {
    sox_paints_alike(22_050);
}

#[test]
fn kernels_paint_music_at_16000_hz_as_sox_does() {
    sox_paints_alike(16_000);
}

#[test]
fn chunks_do_not_show_in_a_picture() {
    // A chunk is 512 columns of 441 samples: songs that end before, on and behind its edge give columns of one song.
    let front_end = FrontEnd::Mel(MelFrontEnd::compact());
    for engine in engines() {
        let painter = Painter::new(engine, &front_end).unwrap();
        let song = crate::harness::noise(600 * 441, 9);
        let whole = paint(&painter, &song);
        assert_eq!(whole.len(), 128 * 601);
        for columns in [1, 2, 511, 512, 513] {
            // Columns that see no sample of what is cut off.
            let part = paint(&painter, &song[..columns * 441 + 1024]);
            let same = 128 * columns;
            assert_eq!(part[..same], whole[..same], "{columns} columns");
        }
        assert!(paint(&painter, &[]).is_empty());
        assert_eq!(paint(&painter, &[0.5]).len(), 128);
    }
}

#[test]
fn slices_are_windows_of_the_picture() {
    let front_end = FrontEnd::Sox(SoxFrontEnd::at(8000));
    // Three hundred columns of 129 rows, each value its own place.
    let columns: Vec<f32> = (0..300 * 129).map(|i| i as f32).collect();
    for step in [1, 7, 128, 300] {
        let mut slicer = Slicer::new(&front_end);
        let mut slices = Vec::new();
        for part in columns.chunks(step * 129) {
            slicer
                .push(part, &mut |slice| {
                    slices.push(slice.to_vec());
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!(slices.len(), 2);
        for (n, slice) in slices.iter().enumerate() {
            for (y, x) in [(0, 0), (127, 127), (5, 100)] {
                assert_eq!(slice[y * 128 + x], ((n * 128 + x) * 129 + 1 + y) as f32);
            }
        }
    }
}
