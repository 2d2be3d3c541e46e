//! How melodies are played.

use super::{
    dice::Dice,
    harmony,
    rhythm::strokes,
    score::{Section, Stage},
    style::Part,
    texture::{Memory, Note},
};

fn bounds(stage: &Stage, section: &Section) -> (f64, f64) {
    let per_bar = f64::from(stage.style.beats);
    (f64::from(section.bar) * per_bar, f64::from(section.bar + section.bars) * per_bar)
}

// The chord tone nearest to `near`.
fn chord_tone(part: &Part, stage: &Stage, beat: f64, near: i32) -> i32 {
    let chord = stage.chord(beat);
    let classes = chord.tones.iter().map(|&t| stage.tonic + i32::from(chord.root) + i32::from(t));
    classes.map(|c| harmony::nearest(c, near as f32, part.range)).min_by_key(|p| (p - near).abs()).unwrap_or(near)
}

/// Motifs of two bars in the order a a b a: the rhythm returns exactly, the pitches follow the chords.
pub fn tune(
    part: &Part,
    stage: &Stage,
    section: &Section,
    each: u8,
    memory: &mut Memory,
    dice: &mut Dice,
    notes: &mut Vec<Note>,
) {
    let (start, end) = bounds(stage, section);
    let per_bar = f64::from(stage.style.beats);
    let slots = (per_bar * 4.0) as usize;
    // onsets of two bars, on eighths more often than on sixteenths; the kind of section has its own motif
    let motif = |which: u32| -> Vec<f64> {
        let mut found = Vec::new();
        for slot in 0..2 * slots {
            let strong = if slot % 4 == 0 {
                1.6
            } else if slot % 2 == 0 {
                1.0
            } else {
                0.18
            };
            let rest = slot % (2 * slots) > 2 * slots - 4;
            let seed = memory.figure[(slot + 7 * which as usize) % 32].rotate_left(which * 5 + slot as u32 / 32);
            let roll = (seed >> 8) as f32 / 16_777_216.0;
            let mean = f32::from(each) / (slots as f32 * 0.74);
            if !rest && roll < strong * mean {
                found.push(slot as f64 / 4.0);
            }
        }
        found
    };
    let flavour = u32::from(section.kind == super::style::when::C) * 2;
    let motifs = [motif(flavour), motif(flavour + 1)];
    let mut pitch = memory.before.first().copied().unwrap_or((part.range.0 + part.range.1) / 2);
    let mut phrase = 0;
    let mut bar = start;
    while bar < end {
        let onsets = &motifs[usize::from(phrase % 4 == 2)];
        for (i, &onset) in onsets.iter().enumerate() {
            let beat = bar + onset;
            if beat >= end {
                break;
            }
            let next = onsets.get(i + 1).map_or(2.0 * per_bar, |&o| o);
            let contour = (memory.figure[(i + 11) % 32] % 7) as i32 - 3;
            let contour = if dice.chance(0.12) { -contour } else { contour };
            let moved = harmony::step(stage.scale, stage.tonic, pitch, contour);
            let strong = onset.fract() == 0.0 || next - onset >= 1.0;
            pitch = if strong { chord_tone(part, stage, beat, moved) } else { moved };
            if pitch > part.range.1 || pitch < part.range.0 {
                pitch = chord_tone(part, stage, beat, (part.range.0 + part.range.1) / 2);
            }
            let beats = ((next - onset) * 0.92).min(per_bar).min(end - beat);
            notes.push(Note { beat, beats, pitch, level: if strong { 0.9 } else { 0.72 } });
        }
        bar += 2.0 * per_bar;
        phrase += 1;
    }
    memory.before = vec![pitch];
}

/// Eighths (sixteenths in slow tempi) that run through the chords and breathe.
pub fn line(
    part: &Part,
    stage: &Stage,
    section: &Section,
    memory: &mut Memory,
    dice: &mut Dice,
    notes: &mut Vec<Note>,
) {
    let (start, end) = bounds(stage, section);
    let unit = if stage.grid.bpm < 100.0 { 0.25 } else { 0.5 };
    let mut pitch = memory.before.first().copied().unwrap_or((part.range.0 + part.range.1) / 2);
    let mut direction = 1;
    let mut beat = start;
    let mut breath = 0;
    while beat < end {
        if breath > 0 {
            breath -= 1;
            beat += unit;
            continue;
        }
        let on_beat = (beat - beat.floor()).abs() < 1e-6;
        if dice.chance(0.22) || pitch >= part.range.1 - 2 || pitch <= part.range.0 + 2 {
            direction = if pitch > (part.range.0 + part.range.1) / 2 { -1 } else { 1 };
        }
        pitch = if on_beat {
            chord_tone(part, stage, beat, pitch + 2 * direction)
        } else if dice.chance(0.25) {
            // a semitone below or above the tone that the next beat wants
            chord_tone(part, stage, beat + unit, pitch + direction) - direction
        } else {
            harmony::step(stage.scale, stage.tonic, pitch, direction)
        };
        let held = if dice.chance(0.07) { 3.0 } else { 1.0 };
        let level = if on_beat { 0.75 } else { 0.85 };
        notes.push(Note { beat, beats: (unit * held * 0.93).min(end - beat), pitch, level });
        beat += unit * held;
        if dice.chance(0.06) {
            breath = 2 + dice.below(5);
        }
    }
    memory.before = vec![pitch];
}

/// A pentatonic figure on the chosen rhythm, the same in each bar, answering every fourth.
pub fn riff(part: &Part, stage: &Stage, section: &Section, memory: &mut Memory, notes: &mut Vec<Note>) {
    let (start, end) = bounds(stage, section);
    let five: [i32; 5] = if stage.scale[2] == 3 { [0, 3, 5, 7, 10] } else { [0, 2, 4, 7, 9] };
    let follow = memory.figure[31].is_multiple_of(2);
    for s in strokes(memory.rhythm, start, end - start) {
        let bar = ((s.beat - start) / f64::from(stage.style.beats)) as usize;
        let turn = if bar % 4 == 3 { 3 } else { 0 };
        let wanted = memory.figure[(s.index + turn) % 24] % 8;
        let degree = if s.index == 0 { 0 } else { wanted as usize };
        let base = if follow { i32::from(stage.chord(s.beat).root) } else { 0 };
        let low = harmony::nearest(stage.tonic + base, part.range.0 as f32 + 5.5, part.range);
        let mut pitch = low + five[degree % 5] + 12 * (degree / 5) as i32;
        while pitch > part.range.1 {
            pitch -= 12;
        }
        notes.push(Note { beat: s.beat, beats: (s.gap * 0.8).min(1.0), pitch, level: s.level });
    }
}

/// Long notes, one or two a chord, as close as possible to the last.
pub fn counter(part: &Part, stage: &Stage, section: &Section, memory: &mut Memory, notes: &mut Vec<Note>) {
    let mut pitch = memory.before.first().copied().unwrap_or((part.range.0 + part.range.1) / 2);
    for (i, s) in stage.within(section).into_iter().enumerate() {
        let halves = if s.beats >= 4.0 && memory.figure[i % 32].is_multiple_of(3) { 2 } else { 1 };
        for half in 0..halves {
            let drift = (memory.figure[(i + half + 5) % 32] % 9) as i32 - 4;
            pitch = chord_tone(part, stage, s.beat, pitch + drift);
            let beats = s.beats / halves as f64;
            notes.push(Note { beat: s.beat + half as f64 * beats, beats: beats * 0.97, pitch, level: 0.7 });
        }
    }
    memory.before = vec![pitch];
}

/// Speech in rhythm: syllables on sixteenths around one pitch, a breath at the end of each second bar.
pub fn flow(
    part: &Part,
    stage: &Stage,
    section: &Section,
    memory: &mut Memory,
    dice: &mut Dice,
    notes: &mut Vec<Note>,
) {
    let (start, end) = bounds(stage, section);
    let per_bar = f64::from(stage.style.beats);
    // speech keeps its pace when the tempo is counted twice as fast
    let unit = if stage.grid.bpm > 118.0 { 0.5 } else { 0.25 };
    let centre = (part.range.0 + part.range.1) / 2;
    let dense = 0.55 + 0.35 * (memory.figure[0] % 100) as f32 / 100.0;
    let mut step = 0usize;
    loop {
        let beat = start + step as f64 * unit;
        if beat >= end {
            break;
        }
        let inside = (beat - start) % (2.0 * per_bar);
        let breath = inside > 2.0 * per_bar - 0.75;
        let strong = step.is_multiple_of(4);
        if !breath && (dice.chance(dense) || (strong && dice.chance(0.7))) {
            let fall = if inside > 2.0 * per_bar - 2.0 { -2 } else { 0 };
            let pitch = centre + fall + dice.below(5) as i32 - 2 + i32::from(strong);
            let long = if dice.chance(0.15) { 1.8 } else { 0.85 };
            notes.push(Note { beat, beats: unit * long, pitch, level: if strong { 0.95 } else { 0.7 } });
        }
        step += 1;
    }
    memory.before = vec![centre];
}
