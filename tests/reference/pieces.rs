//! Short pieces of 16-bit audio from integer arithmetic alone, the same in tools/fixtures/pieces.py.

/// What a piece sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Chord,
    Noise,
    Clicks,
    Silence,
    Clipped,
    Sweep,
}

impl Piece {
    pub const ALL: [Piece; 6] =
        [Piece::Chord, Piece::Noise, Piece::Clicks, Piece::Silence, Piece::Clipped, Piece::Sweep];

    pub fn name(self) -> &'static str {
        match self {
            Piece::Chord => "chord",
            Piece::Noise => "noise",
            Piece::Clicks => "clicks",
            Piece::Silence => "silence",
            Piece::Clipped => "clipped",
            Piece::Sweep => "sweep",
        }
    }
}

/// Parabolas instead of a sine: phase of 32 bits in, -32768..32767 out.
fn wave(phase: u32) -> i64 {
    let x = (phase as i32 >> 16) as i64;
    ((x * (32768 - x.abs())) >> 13).clamp(-32768, 32767)
}

/// The phase step of a frequency in mHz.
fn increment(millihertz: u64, rate: u32) -> u32 {
    ((millihertz << 32) / (1000 * u64::from(rate))) as u32
}

/// `length` samples of a piece at `rate` Hz.
pub fn piece(kind: Piece, rate: u32, length: usize) -> Vec<i16> {
    let notes = [110_000, 277_183, 659_255, 2_093_005].map(|frequency| increment(frequency, rate));
    let mut noise: u32 = 0x9E37_79B9;
    let mut phases = [0u32; 4];
    let mut out = Vec::with_capacity(length);
    for i in 0..length {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let hiss = i64::from(noise as i32 >> 16);
        for (phase, note) in phases.iter_mut().zip(notes) {
            *phase = phase.wrapping_add(note);
        }
        let left = (length - i) as i64;
        let chord: i64 = phases.iter().map(|&phase| wave(phase) >> 2).sum();
        let value = match kind {
            Piece::Chord => chord * left / length as i64,
            // From full scale to one step of 16 bits, halved sixteen times.
            Piece::Noise => hiss >> (16 * i / length),
            Piece::Clicks => match i % (rate as usize / 7) {
                3 => 32767,
                500 => -9000,
                _ => 0,
            },
            Piece::Silence => 0,
            Piece::Clipped => chord * 6,
            Piece::Sweep => {
                // The phase is a square in time: from 0 Hz to 15/32 of the rate.
                let half = (i as u64 * i as u64 * 15 / (2 * length as u64)) << 27;
                wave(half as u32) * 3 / 4
            }
        };
        out.push(value.clamp(-32768, 32767) as i16);
    }
    out
}

/// The same samples as a decoder gives them: full scale is 1.
pub fn samples(kind: Piece, rate: u32, length: usize) -> Vec<f64> {
    piece(kind, rate, length).into_iter().map(|sample| f64::from(sample) / 32768.0).collect()
}
