//! Files known by their first bytes that no decoder here reads, so that their error can name them.

/// Bytes from the front of a file that the questions below want to see (tracker modules hide their name at 1080).
pub(super) const HEAD: usize = 4096;

/// Name, position and bytes of the mark.
const UNREADABLE: &[(&str, usize, &[u8])] = &[
    ("opus", 28, b"OpusHead"),
    ("speex", 28, b"Speex   "),
    ("wma (Windows Media)", 0, &[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]),
    ("Monkey's Audio (ape)", 0, b"MAC "),
    ("WavPack", 0, b"wvpk"),
    ("Musepack", 0, b"MPCK"),
    ("Musepack", 0, b"MP+"),
    ("TTA", 0, b"TTA1"),
    ("OptimFROG", 0, b"OFR "),
    ("DSD (dsf)", 0, b"DSD "),
    ("DSD (dff)", 0, b"FRM8"),
    ("AMR", 0, b"#!AMR"),
    ("RealAudio", 0, b".ra\xfd"),
    ("RealMedia", 0, b".RMF"),
    ("AC-3", 0, &[0x0b, 0x77]),
    ("DTS", 0, &[0x7f, 0xfe, 0x80, 0x01]),
    ("this encoding of au (Sun audio)", 0, b".snd"),
    ("Core Audio (caf)", 0, b"caff"),
    ("Wave64", 0, b"riff\x2e\x91\xcf\x11"),
    ("Flash video", 0, b"FLV\x01"),
    ("AVI video", 8, b"AVI "),
    ("MIDI, which holds notes and no sound", 0, b"MThd"),
    ("MIDI, which holds notes and no sound", 8, b"RMID"),
    ("tracker music (xm)", 0, b"Extended Module: "),
    ("tracker music (it)", 0, b"IMPM"),
    ("tracker music (s3m)", 44, b"SCRM"),
    ("tracker music (mod)", 1080, b"M.K."),
    ("tracker music (mod)", 1080, b"M!K!"),
    ("tracker music (mod)", 1080, b"6CHN"),
    ("tracker music (mod)", 1080, b"8CHN"),
];

/// Files that hold no sound, and got a song's name by mistake.
const NOT_AUDIO: &[(&str, &[u8])] = &[
    ("a jpeg picture", &[0xff, 0xd8, 0xff]),
    ("a png picture", b"\x89PNG"),
    ("a pdf", b"%PDF-"),
    ("a zip archive", b"PK\x03\x04"),
    ("a gzip archive", &[0x1f, 0x8b, 0x08]),
    ("a rar archive", b"Rar!"),
    ("a 7z archive", b"7z\xbc\xaf\x27\x1c"),
];

/// The name of the codec or kind of file, if it is known and cannot be read.
pub(super) fn unreadable(head: &[u8]) -> Option<&'static str> {
    let marked = |at: usize, mark: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(mark));
    if head.starts_with(b"OggS") {
        return UNREADABLE.iter().filter(|entry| entry.1 == 28).find(|entry| marked(28, entry.2)).map(|entry| entry.0);
    }
    UNREADABLE.iter().filter(|entry| entry.1 != 28).find(|entry| marked(entry.1, entry.2)).map(|entry| entry.0)
}

/// What the file is, if it is surely not audio.
pub(super) fn not_audio(head: &[u8]) -> Option<&'static str> {
    if is_text(head) {
        return Some("a text file");
    }
    NOT_AUDIO.iter().find(|(_, mark)| head.starts_with(mark)).map(|(name, _)| *name)
}

/// Whether these bytes are text for people (UTF-8 without control characters, or UTF-16 with its mark): no audio starts
/// like that, but the words of a page may look like the marks of a container.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return head.len() > 3 && head[2..].chunks_exact(2).take(64).all(|pair| pair.contains(&0));
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut at the end of `head` may have hit a character.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

/// The codec behind a wav's format tag.
pub(super) fn wave_tag(tag: u16) -> String {
    let name = match tag {
        0x0002 => "Microsoft ADPCM",
        0x0006 => "A-law",
        0x0007 => "µ-law",
        0x0008 => "DTS",
        0x0011 => "IMA ADPCM",
        0x0022 => "TrueSpeech",
        0x0031 => "GSM 6.10",
        0x0050 => "mp2",
        0x0055 => "mp3",
        0x0092 | 0x2000 => "AC-3",
        0x00ff | 0x1600 | 0x706d => "aac",
        0x0160..=0x0163 => "wma",
        0x0270 => "ATRAC3",
        0x2001 => "DTS",
        0xa109 => "speex",
        _ => return format!("wav format 0x{tag:04x}"),
    };
    format!("{name} inside wav")
}
