//! Memory does not grow with the song.
//!
//! Measured where it counts: another process of this test program decodes one song and says how large it became.

use super::signal::{Wave, fixture};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use tunevote::audio::Stream;

const SONG: &str = "TUNEVOTE_TEST_SONG";

/// Streams a song as a program would: seconds of sound, and the largest buffer that reading needed.
fn stream(path: &Path) -> (f64, usize) {
    let mut song = Stream::open(path, Some(8000)).unwrap();
    let (mut samples, mut count, mut most) = (Vec::new(), 0, 0);
    loop {
        let n = song.read(&mut samples, 10_000).unwrap();
        if n == 0 {
            return (count as f64 / f64::from(song.rate()), most);
        }
        count += n;
        most = most.max(samples.capacity());
        samples.clear();
    }
}

/// Not only a test: [`peak`] runs it alone, with a song in its environment.
#[test]
#[allow(clippy::print_stdout, reason = "its answer to the process that asked")]
fn one_song_in_one_process() {
    let given = std::env::var_os(SONG);
    let path = given.as_ref().map_or_else(|| fixture("frames-16k.mp3"), |path| path.into());
    let (seconds, most) = stream(&path);
    assert!(seconds > 0.5 && most <= 20_000, "{seconds} s with a buffer of {most}");
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        println!("seconds {seconds} peak {}", peak.trim().trim_end_matches(" kB"));
    }
}

/// The song's seconds and the most memory, in KiB, that a process needed to decode it.
#[cfg(target_os = "linux")]
fn peak(song: &Path) -> (f64, u64) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["audio::memory::one_song_in_one_process", "--exact", "--nocapture", "--test-threads=1"])
        .env(SONG, song)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut words = text.split_whitespace().skip_while(|word| *word != "seconds");
    let seconds = words.nth(1).unwrap().parse().unwrap();
    (seconds, words.nth(1).unwrap().parse().unwrap())
}

/// Writes the frames of an mp3 over and over, `seconds` long.
#[cfg(target_os = "linux")]
fn long_mp3(path: &Path, seconds: f64) {
    let frames = std::fs::read(fixture("frames-16k.mp3")).unwrap();
    // 32 kbit/s.
    let times = (seconds * 4000.0 / frames.len() as f64).ceil() as usize;
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    (0..times).for_each(|_| file.write_all(&frames).unwrap());
    file.flush().unwrap();
}

/// A wav of silence that takes up no room on the disk.
#[cfg(target_os = "linux")]
fn long_wav(path: &Path, seconds: u64) {
    let bytes = seconds * 16_000 * 2;
    let header = Wave { length: Some(bytes as u32), ..Wave::pcm(1, 16_000, 16) }.bytes(&[]);
    let mut file = File::create(path).unwrap();
    file.write_all(&header).unwrap();
    file.set_len(header.len() as u64 + bytes).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn two_hours_need_no_more_than_five_minutes() {
    let folder = tempfile::tempdir().unwrap();
    type Writer = fn(&Path, u64);
    let writers: [(&str, Writer); 2] = [("mp3", |path, seconds| long_mp3(path, seconds as f64)), ("wav", long_wav)];
    for (kind, write) in writers {
        let [short, long] = [300, 7200].map(|wanted| {
            let path = folder.path().join(format!("{wanted}.{kind}"));
            write(&path, wanted);
            let (seconds, peak) = peak(&path);
            assert!((seconds - wanted as f64).abs() < 1.0, "{kind}: {seconds} s, not {wanted}");
            std::fs::remove_file(path).unwrap();
            peak
        });
        assert!(long < short + 2048, "{kind}: {short} KiB for five minutes, {long} KiB for two hours");
        assert!(long < 100 * 1024, "{kind}: {long} KiB");
    }
}
