//! Real music: the f64 reference of the `sox` picture against SoX's own PNGs of eight songs at four rates.

use std::path::PathBuf;

use crate::reference::parity;
use crate::reference::sox as reference;
use crate::reference::sox::Parity;

/// A song's name, samples and SoX's picture: width and grey levels.
struct Pair {
    name: String,
    samples: Vec<f64>,
    width: usize,
    image: Vec<u8>,
}

/// The pairs at one rate.
fn pairs(rate: u32) -> Vec<Pair> {
    let folder = parity::songs();
    let remedy = format!(
        "no music to compare with in {}: run tools/parity/sox.sh (needs sox and, once, a network), or set TUNEVOTE_PARITY \
         to the folder that it filled",
        folder.display()
    );
    let mut images: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("{remedy}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(&format!("-{rate}.png")))
        .collect();
    images.sort();
    assert!(images.len() >= 8, "{} songs of 8 at {rate} Hz: {remedy}", images.len());
    images
        .into_iter()
        .map(|path| {
            let (width, image) = reference::read_png(&std::fs::read(&path).unwrap()).unwrap();
            let mut wav = hound::WavReader::open(path.with_extension("wav")).unwrap();
            let spec = wav.spec();
            assert_eq!((spec.sample_rate, spec.channels, spec.bits_per_sample), (rate, 1, 16), "{}", path.display());
            let samples = wav.samples::<i16>().map(|sample| f64::from(sample.unwrap()) / 32768.0).collect();
            Pair { name: path.file_stem().unwrap().to_string_lossy().into_owned(), samples, width, image }
        })
        .collect()
}

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
fn check(rate: u32) {
    for Pair { name, samples, width, image } in pairs(rate) {
        let ours = reference::picture(samples.iter().copied(), rate);
        assert_eq!(reference::sox_width(ours.len(), samples.len(), rate), width, "{name}: columns");
        let parity = Parity::of(&ours, &image, width);
        println!("{name}: {:.4} % of {} pixels equal, worst {}", parity.percent(), parity.total, parity.worst);
        assert!(parity.percent() >= 99.9 && parity.worst <= 1, "{name}: {parity:?}");
    }
}

#[test]
fn reference_paints_music_at_44100_hz_as_sox_does() {
    check(44100);
}

#[test]
fn reference_paints_music_at_48000_hz_as_sox_does() {
    check(48000);
}

#[test]
fn reference_paints_music_at_22050_hz_as_sox_does() {
    check(22050);
}

#[test]
fn reference_paints_music_at_16000_hz_as_sox_does() {
    check(16000);
}
