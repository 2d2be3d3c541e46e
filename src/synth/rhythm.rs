//! Where beats are in time, and what the drums play.

use super::{
    dice::Dice,
    score::{Section, Stage},
    style::{Drum, Lane, Swing, when},
};

/// From beats to seconds: tempo, swing, and a tempo that sways.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    /// Beats a minute.
    pub bpm: f64,
    /// Length of the swung note in beats.
    pub unit: f64,
    /// 0 straight, 1 triplets.
    pub swing: f64,
    /// 0 none, 1 as free as a solo pianist.
    pub rubato: f64,
}

impl Grid {
    /// A grid with its swing drawn.
    pub fn new(bpm: f32, swing: Swing, rubato: f32, dice: &mut Dice) -> Self {
        let amount = dice.range(swing.amount);
        Self { bpm: f64::from(bpm), unit: swing.unit, swing: f64::from(amount), rubato: f64::from(rubato) }
    }

    /// Seconds from the start to `beat`.
    pub fn seconds(&self, beat: f64) -> f64 {
        let pair = 2.0 * self.unit;
        let start = (beat / pair).floor() * pair;
        let inside = (beat - start) / pair;
        // the offbeat moves from 1/2 to 2/3 of the pair
        let middle = 0.5 + self.swing / 6.0;
        let bent = if inside < 0.5 { inside * 2.0 * middle } else { middle + (inside - 0.5) * 2.0 * (1.0 - middle) };
        let beat = start + bent * pair;
        // two slow waves; their slopes add up to less than 1/6
        let sway = self.rubato
            * (0.13 * super::exact::sine(beat / 8.0) / std::f64::consts::TAU * 8.0 * 0.6
                + 0.13 * super::exact::sine(beat / 21.0 + 0.3) / std::f64::consts::TAU * 21.0 * 0.4);
        (beat + sway) * 60.0 / self.bpm
    }
}

/// One stroke of a rhythm.
#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    /// When, in beats from the start of the song.
    pub beat: f64,
    /// Beats until the next stroke.
    pub gap: f64,
    /// How hard, 0..1.
    pub level: f32,
    /// Its number within the pattern.
    pub index: usize,
}

/// The strokes of `pattern` (four steps a beat, repeated) in the section.
pub fn strokes(pattern: &str, start: f64, beats: f64) -> Vec<Stroke> {
    let steps = pattern.as_bytes();
    let total = (beats * 4.0) as usize;
    let mut found: Vec<Stroke> = Vec::new();
    let mut index = 0;
    for step in 0..total {
        let place = step % steps.len();
        if place == 0 {
            index = 0;
        }
        let level = match steps[place] {
            b'-' => 0.3,
            b'o' => 0.6,
            b'x' => 0.85,
            b'X' => 1.0,
            _ => continue,
        };
        let beat = start + step as f64 / 4.0;
        if let Some(last) = found.last_mut() {
            last.gap = beat - last.beat;
        }
        found.push(Stroke { beat, gap: start + beats - beat, level, index });
        index += 1;
    }
    found
}

/// A drum that is struck.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// Seconds from the start.
    pub at: f64,
    /// Which drum.
    pub drum: Drum,
    /// How hard, 0..1.
    pub level: f32,
}

/// What the drummer plays in one section.
pub fn drum(stage: &Stage, section: &Section, groove: &super::style::Groove, dice: &mut Dice, hits: &mut Vec<Hit>) {
    let style = stage.style;
    let per_bar = f64::from(style.beats);
    let quiet = section.kind & (when::I | when::B) != 0;
    if quiet && style.drums_rest && dice.chance(0.75) {
        build(stage, section, dice, hits);
        return;
    }
    let lanes: &[Lane] =
        if section.kind == when::C && !groove.chorus.is_empty() { groove.chorus } else { groove.verse };
    let (start, beats) = (f64::from(section.bar) * per_bar, f64::from(section.bars) * per_bar);
    let fill_from = if style.fills && section.bars >= 2 { start + beats - per_bar / 2.0 } else { start + beats };
    // in introductions some of the kit waits
    let skip = if section.kind == when::I { dice.below(lanes.len() + 1) } else { lanes.len() };
    for (number, &(drum, pattern)) in lanes.iter().enumerate() {
        if number == skip {
            continue;
        }
        for stroke in strokes(pattern, start, beats) {
            let cymbal = matches!(drum, Drum::Hat | Drum::OpenHat | Drum::Ride | Drum::Shaker);
            if (stroke.beat >= fill_from && !cymbal) || dice.chance(if stroke.level < 0.5 { 0.25 } else { 0.015 }) {
                continue;
            }
            put(stage, stroke.beat, drum, stroke.level * section.force, dice, hits);
        }
    }
    if section.kind == when::C && style.fills {
        put(stage, start, Drum::Crash, 0.9, dice, hits);
    }
    if fill_from < start + beats {
        fill(stage, fill_from, per_bar / 2.0, dice, hits);
    }
}

// Half a bar of sixteenths over snare and toms, getting lower.
fn fill(stage: &Stage, start: f64, beats: f64, dice: &mut Dice, hits: &mut Vec<Hit>) {
    let drums = [Drum::Snare, Drum::HighTom, Drum::LowTom];
    let total = (beats * 4.0) as usize;
    let dense = dice.range((0.45, 0.95));
    for step in 0..total {
        if step % 2 == 0 || dice.chance(dense) {
            let drum = if dice.chance(0.3) { Drum::Snare } else { drums[step * 3 / total.max(1)] };
            put(stage, start + step as f64 / 4.0, drum, 0.6 + 0.35 * step as f32 / total as f32, dice, hits);
        }
    }
}

// Before a drop: a snare that comes faster and louder, or nothing.
fn build(stage: &Stage, section: &Section, dice: &mut Dice, hits: &mut Vec<Hit>) {
    let per_bar = f64::from(stage.style.beats);
    let end = f64::from(section.bar + section.bars) * per_bar;
    if section.bars < 2 || !dice.chance(0.6) {
        return;
    }
    let length = 2.0 * per_bar;
    let mut beat = end - length;
    while beat < end {
        let done = ((beat - end + length) / length) as f32;
        put(stage, beat, Drum::Snare, 0.25 + 0.6 * done, dice, hits);
        beat += if done < 0.5 { 0.5 } else { 0.25 };
    }
}

fn put(stage: &Stage, beat: f64, drum: Drum, level: f32, dice: &mut Dice, hits: &mut Vec<Hit>) {
    let late = f64::from(stage.style.loose * 0.6 * dice.bell());
    let level = level * (1.0 + 0.09 * dice.bell());
    hits.push(Hit { at: (stage.grid.seconds(beat) + late).max(0.0), drum, level: level.clamp(0.02, 1.1) });
}
