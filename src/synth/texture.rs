//! How basses and chords are played. Melodies are in [`super::melody`].

use super::{
    dice::Dice,
    harmony::{self, Chord},
    melody,
    rhythm::strokes,
    score::{Section, Stage},
    style::{Part, Texture},
};

/// A note on the grid.
#[derive(Debug, Clone, Copy)]
pub struct Note {
    /// Beat from the start of the song.
    pub beat: f64,
    /// Length in beats.
    pub beats: f64,
    /// MIDI pitch.
    pub pitch: i32,
    /// How hard, 0..1.
    pub level: f32,
}

/// What a player keeps from section to section: a rhythm, a figure, the last chord.
#[derive(Debug, Clone)]
pub struct Memory {
    /// The chosen rhythm.
    pub rhythm: &'static str,
    /// Random numbers that stay for the song: the figure.
    pub figure: [u32; 32],
    /// The last voicing or pitch.
    pub before: Vec<i32>,
}

impl Memory {
    /// What a player decides before the song starts.
    pub fn new(part: &Part, stage: &Stage, dice: &mut Dice) -> Self {
        let rhythms: &[&'static str] = match part.texture {
            Texture::Roots(r)
            | Texture::Figure(r)
            | Texture::Rhythm(r)
            | Texture::Strum(r)
            | Texture::Chug(r)
            | Texture::Riff(r) => r,
            _ => &["x..............."],
        };
        let rhythm = dice.pick(rhythms);
        let figure = std::array::from_fn(|_| dice.bits());
        let _ = stage;
        Self { rhythm, figure, before: Vec::new() }
    }
}

// Where a jazz pianist puts chords in a bar.
const COMPS: [&str; 7] = [
    "x.....x.........",
    "......x.......x.",
    "..x...x.........",
    "x.............x.",
    "......x...x.....",
    "..........x...x.",
    "x.......x.......",
];

/// The notes of one part in one section.
pub fn play(part: &Part, stage: &Stage, section: &Section, memory: &mut Memory, dice: &mut Dice) -> Vec<Note> {
    let per_bar = f64::from(stage.style.beats);
    let (start, beats) = (f64::from(section.bar) * per_bar, f64::from(section.bars) * per_bar);
    let low = |class: i32| harmony::nearest(class, part.range.0 as f32 + 5.5, part.range);
    let root = |chord: Chord| low(stage.tonic + i32::from(chord.root));
    let fifth = |chord: Chord| i32::from(chord.tones.iter().copied().find(|t| (6..=8).contains(t)).unwrap_or(7));
    let mut notes = Vec::new();
    let mut add = |beat: f64, beats: f64, pitch: i32, level: f32| notes.push(Note { beat, beats, pitch, level });
    match part.texture {
        Texture::Roots(_) => {
            for s in strokes(memory.rhythm, start, beats) {
                let pitch = root(stage.chord(s.beat));
                let leap = if s.index > 0 && pitch + 12 <= part.range.1 && dice.chance(0.08) { 12 } else { 0 };
                add(s.beat, (s.gap * 0.88).min(4.0), pitch + leap, s.level);
            }
        }
        Texture::Long => {
            for s in stage.within(section) {
                add(s.beat, s.beats * 0.97, root(s.chord), 0.8);
            }
        }
        Texture::Walk => walk(part, stage, section, memory, dice, &mut add),
        Texture::TwoFeel => {
            for s in stage.within(section) {
                let mut beat = 0.0;
                while beat < s.beats - 1e-6 {
                    let up = ((beat / 2.0) as i32 % 2) * fifth(s.chord);
                    let pitch = root(s.chord) + up;
                    let pitch = if pitch > part.range.1 { pitch - 12 } else { pitch };
                    add(s.beat + beat, 1.7f64.min(s.beats - beat), pitch, 0.85 - 0.02 * up as f32);
                    beat += 2.0;
                }
            }
        }
        Texture::Figure(_) => {
            for s in strokes(memory.rhythm, start, beats) {
                let chord = stage.chord(s.beat);
                let top = i32::from(*chord.tones.last().unwrap_or(&7)).min(11);
                let choices = [0, 0, 0, fifth(chord), fifth(chord) - 12, 12, top - 12];
                let pick = if s.index == 0 { 0 } else { memory.figure[s.index % 32] as usize % choices.len() };
                let mut pitch = root(chord) + choices[pick];
                while pitch < part.range.0 {
                    pitch += 12;
                }
                while pitch > part.range.1 {
                    pitch -= 12;
                }
                add(s.beat, (s.gap * 0.85).min(1.5), pitch, s.level);
            }
        }
        Texture::Held => {
            for s in stage.within(section) {
                memory.before = harmony::lead(stage.tonic, s.chord, &memory.before, part.range);
                memory.before.iter().for_each(|&p| add(s.beat, s.beats * 0.99, p, 0.7));
            }
        }
        Texture::Rhythm(_) | Texture::Strum(_) => {
            let strummed = matches!(part.texture, Texture::Strum(_));
            for s in strokes(memory.rhythm, start, beats) {
                let mut voicing = harmony::lead(stage.tonic, stage.chord(s.beat), &memory.before, part.range);
                memory.before.clone_from(&voicing);
                if strummed {
                    let bottom = voicing.first().map_or(0, |p| p + 12);
                    if bottom <= part.range.1 {
                        voicing.push(bottom);
                    }
                    if ((s.beat * 4.0) as i64) % 4 == 2 {
                        voicing.reverse();
                    }
                }
                let long = if strummed { 4.0 } else { 1.5 };
                for (i, &pitch) in voicing.iter().enumerate() {
                    let late = if strummed { 0.03 * i as f64 } else { 0.0 };
                    add(s.beat + late, (s.gap * 0.85).min(long), pitch, s.level * 0.9);
                }
            }
        }
        Texture::Chug(_) => {
            for s in strokes(memory.rhythm, start, beats) {
                let bottom = root(stage.chord(s.beat));
                let open = memory.figure[s.index % 32].is_multiple_of(4);
                let long = if open { s.gap * 0.9 } else { s.gap.min(0.25) * 0.8 };
                for up in [0, 7, 12] {
                    add(s.beat, long, bottom + up, s.level * if open { 1.0 } else { 0.85 });
                }
            }
        }
        Texture::Comp => {
            let mut bar = start;
            while bar < start + beats {
                let pattern = if dice.chance(0.12) { "..............x." } else { *dice.pick(&COMPS) };
                for s in strokes(pattern, bar, per_bar) {
                    let chord = stage.chord(s.beat);
                    let upper = if chord.tones.len() > 3 { &chord.tones[1..] } else { chord.tones };
                    let shape = Chord { root: chord.root, tones: upper };
                    memory.before = harmony::lead(stage.tonic, shape, &memory.before, part.range);
                    let long = if dice.chance(0.6) { 0.4 } else { (s.gap * 0.8).min(2.0) };
                    memory.before.iter().for_each(|&p| add(s.beat, long, p, s.level * 0.8));
                }
                bar += per_bar;
            }
        }
        Texture::Arpeggio(each) => {
            let step = 1.0 / f64::from(each.max(1));
            let pattern = memory.figure[0] % 3;
            for s in stage.within(section) {
                let mut voicing = harmony::lead(stage.tonic, s.chord, &memory.before, part.range);
                memory.before.clone_from(&voicing);
                let above: Vec<i32> = voicing.iter().map(|p| p + 12).filter(|&p| p <= part.range.1).collect();
                voicing.extend(above);
                let turn = 2 * voicing.len() - 2;
                for k in 0..(s.beats / step) as usize {
                    let place = match pattern {
                        0 => k % voicing.len(),
                        1 => (k % turn.max(1)).min(turn.max(1) - k % turn.max(1)) % voicing.len(),
                        _ => (k * 3) % voicing.len(),
                    };
                    let accent = if k % usize::from(each.max(1)) == 0 { 0.8 } else { 0.62 };
                    add(s.beat + k as f64 * step, step * 1.1, voicing[place], accent);
                }
            }
        }
        Texture::Alberti => {
            for s in stage.within(section) {
                let voicing = harmony::lead(stage.tonic, s.chord, &memory.before, part.range);
                let order = [0, voicing.len() - 1, voicing.len() / 2, voicing.len() - 1];
                for k in 0..(s.beats * 2.0) as usize {
                    add(s.beat + k as f64 * 0.5, 0.55, voicing[order[k % 4]], if k % 4 == 0 { 0.7 } else { 0.5 });
                }
                memory.before = voicing;
            }
        }
        Texture::Ostinato => {
            for s in stage.within(section) {
                let bottom = root(s.chord);
                for k in 0..(s.beats * 4.0) as usize {
                    let tone = s.chord.tones[memory.figure[k % 8] as usize % s.chord.tones.len()];
                    let up = if k % 4 == 0 { 0 } else { i32::from(tone) + 12 * (memory.figure[8 + k % 8] % 2) as i32 };
                    let pitch = if bottom + up > part.range.1 { bottom } else { bottom + up };
                    add(s.beat + k as f64 * 0.25, 0.2, pitch, if k % 4 == 0 { 0.85 } else { 0.65 });
                }
            }
        }
        Texture::Tune(each) => melody::tune(part, stage, section, each, memory, dice, &mut notes),
        Texture::Line => melody::line(part, stage, section, memory, dice, &mut notes),
        Texture::Riff(_) => melody::riff(part, stage, section, memory, &mut notes),
        Texture::Counter => melody::counter(part, stage, section, memory, &mut notes),
        Texture::Flow => melody::flow(part, stage, section, memory, dice, &mut notes),
    }
    notes
}

// Root on the change, chord tones and steps between, a semitone or a fifth before the next root.
fn walk(
    part: &Part,
    stage: &Stage,
    section: &Section,
    memory: &mut Memory,
    dice: &mut Dice,
    add: &mut impl FnMut(f64, f64, i32, f32),
) {
    for s in stage.within(section) {
        let total = s.beats.round().max(1.0) as usize;
        for k in 0..total {
            let near = memory.before.first().map_or(part.range.0 as f32 + 7.0, |&p| p as f32);
            let class = |tone: i8| stage.tonic + i32::from(s.chord.root) + i32::from(tone);
            let pitch = if k == 0 {
                harmony::nearest(class(0), near, part.range)
            } else if k + 1 == total {
                let next = stage.chord(s.beat + s.beats);
                let target = harmony::nearest(stage.tonic + i32::from(next.root), near, part.range);
                target + *dice.pick(&[-1, 1, 1, 7, -2])
            } else {
                let tone = *dice.pick(&s.chord.tones[1..]);
                harmony::nearest(class(tone), near + dice.range((-4.0, 4.0)), part.range)
            };
            add(s.beat + k as f64, 0.92, pitch, if k % 2 == 0 { 0.8 } else { 0.88 });
            if dice.chance(0.07) {
                add(s.beat + k as f64 + 0.5, 0.3, pitch, 0.5);
            }
            memory.before = vec![pitch];
        }
    }
}
