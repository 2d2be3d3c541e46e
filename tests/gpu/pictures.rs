//! The whole way from a song's file to its picture, as the program goes it: against SoX's own pictures of real music, and
//! across the edges of chunks against the f64 reference.

use std::path::PathBuf;

use tunevote::audio::Stream;
use tunevote::pictures::{Paint, Painter, Slicer};
use tunevote::signal::front_end::{DbReference, FrontEnd, MelFrontEnd, Padding, SoxFrontEnd};

use crate::front_end::grey;
use crate::harness::{engines, noise, wide};
use crate::reference::fft::{Pad, hann, magnitudes, stft};
use crate::reference::mel::{self, Scale};
use crate::reference::parity;
use crate::reference::sox::{self, Parity};

/// All columns of a song, one behind the other.
pub fn paint(painter: &Painter, samples: &[f32]) -> Vec<f32> {
    paint_rows(painter, painter.front_end().rows() as usize, samples)
}

/// The same of anything that makes columns of so many rows.
pub fn paint_rows(painter: &dyn Paint, rows: usize, samples: &[f32]) -> Vec<f32> {
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
    assert_eq!(count.unwrap() as usize * rows, columns.len());
    columns
}

/// The kernel of a transform is slow to compile: one of it has to do for all frames of a chunk.
#[test]
fn a_chunk_needs_one_transform() {
    for front_end in [FrontEnd::Mel(MelFrontEnd::compact()), FrontEnd::Sox(SoxFrontEnd::at(44_100))] {
        let painter = Painter::new(&engines()[0], &front_end).unwrap();
        let recording = painter.plan().0.recording().to_string();
        assert_eq!(recording.matches("stft_power").count(), 1, "{recording}");
    }
}

/// The pairs that tools/parity/sox.sh left: a wav and SoX's picture of it.
fn pairs(rate: u32) -> Vec<PathBuf> {
    let folder = parity::songs();
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
        let parity = Parity::of(&grey(&painter, &samples), &image, width);
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
        let song = noise(600 * 441, 9);
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

/// `log10(1 + 10000 S)`, from silence to full scale.
#[test]
fn musicnns_pictures_are_the_formulas() {
    let front_end = FrontEnd::Mel(MelFrontEnd::musicnn());
    let bank = mel::filterbank(16_000.0, 512, 96, 0.0, 8_000.0, Scale::Slaney, true);
    let samples = 256 * 600 + 11;
    let song: Vec<_> =
        noise(samples, 6).iter().enumerate().map(|(i, v)| v * (i as f32 / samples as f32).powi(8)).collect();
    let bands = mel::mel(&magnitudes(&stft(&wide(&song), &hann(512), 256, Pad::Zero), 2.0), &bank);
    for engine in engines() {
        let got = paint(&Painter::new(engine, &front_end).unwrap(), &song);
        assert_eq!(got.len(), 96 * 601);
        for (i, (&got, band)) in got.iter().zip(bands.iter().flatten()).enumerate() {
            let want = (1.0 + 1e4 * band).log10();
            assert!((f64::from(got) - want).abs() < 2e-6 + 1e-5 * want, "{got} at {i}, want {want}");
        }
    }
}

#[test]
fn pictures_of_several_chunks_are_the_references() {
    // 1,100 columns in chunks of 512; a song shorter than its mirror image; a song of one sample.
    for (pad, wanted) in [(Padding::Zero, Pad::Zero), (Padding::Reflect, Pad::Reflect), (Padding::None, Pad::None)] {
        for (power, reference) in [(2, DbReference::Value(0.5)), (1, DbReference::Max)] {
            let mut front_end = MelFrontEnd { n_fft: 256, hop: 97, n_mels: 20, pad, power, ..MelFrontEnd::compact() };
            (front_end.to_db.reference, front_end.slices.height) = (reference, 20);
            let slaney = mel::filterbank(22_050.0, 256, 20, 30.0, 11_025.0, Scale::Slaney, true);
            let decibels = front_end.to_db;
            let painters = engines().each_ref().map(|engine| Painter::new(engine, &FrontEnd::Mel(front_end.clone())));
            for samples in [97 * 1_100 + 13, 300, 100, 1] {
                // Louder and louder, so that the largest value is in the last chunk.
                let song: Vec<_> =
                    noise(samples, 5).iter().enumerate().map(|(i, v)| v * (i + 1) as f32 / samples as f32).collect();
                let spectrum = stft(&wide(&song), &hann(256), 97, wanted);
                let bands = mel::mel(&magnitudes(&spectrum, f64::from(power)), &slaney);
                let zero = match reference {
                    DbReference::Value(value) => value,
                    DbReference::Max => mel::largest(&bands),
                };
                let to_db = if power == 2 { mel::power_to_db } else { mel::amplitude_to_db };
                let want = to_db(&bands, zero, decibels.amin, None);
                for painter in &painters {
                    let got = paint(painter.as_ref().unwrap(), &song);
                    assert_eq!(got.len(), 20 * want.len(), "{samples} samples, {pad:?}");
                    let quiet = mel::largest(&want) - 60.0;
                    for (i, (&got, &want)) in got.iter().zip(want.iter().flatten()).enumerate() {
                        let off = (f64::from(got) - (want + 20.0) / 20.0).abs();
                        let near = off < 1e-3 / 20.0 || (want < quiet && got.is_finite());
                        assert!(near, "{samples} samples, {pad:?}, {power}: {got} at {i}, want {want} dB");
                    }
                }
            }
        }
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
