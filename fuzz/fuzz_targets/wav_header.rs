//! Whatever follows the mark of a wav: an answer that is finite, in time and in value, and no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use tunevote::audio::Stream;

fuzz_target!(|data: &[u8]| {
    // The first byte chooses among the marks and rates, so that the rest need not guess them.
    let Some((&choice, rest)) = data.split_first() else { return };
    let mark: &[u8] = if choice & 1 == 0 { b"RIFF\xff\0\0\0WAVEfmt \x10\0\0\0" } else { b"RF64\xff\xff\xff\xffWAVE" };
    let rate = if choice & 2 == 0 { None } else { Some(16_000) };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(mark).and_then(|()| file.write_all(rest)).expect("room for it");
    let Ok(mut song) = Stream::open(file.path(), rate) else { return };
    let mut samples = Vec::new();
    while matches!(song.read(&mut samples, 4096), Ok(count) if count > 0) {
        assert!(samples.iter().all(|sample| sample.is_finite()));
        samples.clear();
    }
});
