//! From a style, a key and a tempo to notes: the form, the harmony, and who plays what.

use super::{
    dice::Dice,
    exact,
    harmony::{Chord, MAJOR, Scale},
    rhythm::{self, Grid, Hit},
    style::{Kit, Part, Style, when},
    texture::{self, Memory},
    wave::Tone,
};

/// A part of the form.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// One of the bits in [`when`].
    pub kind: u8,
    /// First bar.
    pub bar: u32,
    /// How many bars.
    pub bars: u32,
    /// How strongly it is played, about 0.6..1.
    pub force: f32,
}

/// A chord and when it sounds, in beats.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Beat from the start of the song.
    pub beat: f64,
    /// Beats until the next chord.
    pub beats: f64,
    /// The chord.
    pub chord: Chord,
}

/// What all parts of a song share.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The style.
    pub style: &'static Style,
    /// Beats to seconds.
    pub grid: Grid,
    /// Pitch class of the key, 0 = C.
    pub tonic: i32,
    /// Scale of the key.
    pub scale: Scale,
    /// The form.
    pub sections: Vec<Section>,
    /// The harmony, in order, without gaps.
    pub spans: Vec<Span>,
    /// Length of the song in seconds.
    pub seconds: f64,
}

impl Stage {
    /// Draws form and harmony for `seconds` of a style.
    pub fn new(style: &'static Style, bpm: f32, tonic: i32, seconds: f64, dice: &mut Dice) -> Self {
        let grid = Grid::new(bpm, style.swing, style.rubato, dice);
        let bar = f64::from(style.beats) * 60.0 / f64::from(bpm);
        let bars = (seconds / bar).ceil().max(1.0) as u32;
        let scale = style.scales.get(dice.below(style.scales.len())).copied().unwrap_or(MAJOR);
        let sections = form(style, bars);
        let mut stage = Self { style, grid, tonic, scale, sections, spans: Vec::new(), seconds };
        stage.harmonise(bars, dice);
        stage
    }

    /// A second band on the same song: its own style and form, the same key, harmony and pulse at `bpm`, which is the
    /// first band's tempo times a power of two.
    pub fn join(&self, style: &'static Style, bpm: f32, dice: &mut Dice) -> Self {
        let mut stage = Self::new(style, bpm, self.tonic, self.seconds, dice);
        let ratio = stage.grid.bpm / self.grid.bpm;
        let scaled = |span: &Span| Span { beat: span.beat * ratio, beats: span.beats * ratio, ..*span };
        stage.spans = self.spans.iter().map(scaled).collect();
        stage.scale = self.scale;
        stage
    }

    fn harmonise(&mut self, bars: u32, dice: &mut Dice) {
        let minor = self.scale[2] == 3;
        // progressions that agree with the scale's third come first
        let fits = |p: &&'static [Chord]| {
            p.iter().find(|c| c.root == 0).is_none_or(|c| !c.tones.contains(&if minor { 4 } else { 3 }))
        };
        let all = self.style.progressions;
        let fitting: Vec<&'static [Chord]> = all.iter().copied().filter(|p| fits(p)).collect();
        let choice: &[&'static [Chord]] = if fitting.is_empty() { all } else { &fitting };
        let verse = *dice.pick(choice);
        let chorus = if dice.chance(0.6) { *dice.pick(choice) } else { verse };
        let beats = f64::from(*dice.pick(self.style.chord_beats));
        let end = f64::from(bars * self.style.beats);
        let home = verse.iter().chain(chorus).find(|c| c.root == 0).copied();
        for section in &self.sections {
            let list = if section.kind & (when::C | when::B) != 0 { chorus } else { verse };
            let stop = f64::from((section.bar + section.bars) * self.style.beats);
            let mut beat = f64::from(section.bar * self.style.beats);
            let mut index = 0;
            while beat < stop {
                let length = beats.min(stop - beat);
                self.spans.push(Span { beat, beats: length, chord: list[index % list.len()] });
                beat += length;
                index += 1;
            }
        }
        if let (Some(last), Some(chord)) = (self.spans.last_mut(), home)
            && end > 0.0
        {
            last.chord = chord;
        }
    }

    /// The chord at a beat.
    pub fn chord(&self, beat: f64) -> Chord {
        let after = self.spans.partition_point(|s| s.beat <= beat + 1e-6);
        self.spans[after.clamp(1, self.spans.len()) - 1].chord
    }

    /// The chords of a section, cut to it.
    pub fn within(&self, section: &Section) -> Vec<Span> {
        let per_bar = f64::from(self.style.beats);
        let (start, end) = (f64::from(section.bar) * per_bar, f64::from(section.bar + section.bars) * per_bar);
        let cut = |s: &Span| {
            let (from, to) = (s.beat.max(start), (s.beat + s.beats).min(end));
            (to - from > 1e-6).then_some(Span { beat: from, beats: to - from, chord: s.chord })
        };
        self.spans.iter().filter_map(cut).collect()
    }
}

fn form(style: &Style, bars: u32) -> Vec<Section> {
    let total: u32 = style.form.iter().map(|&(_, length)| u32::from(length)).sum();
    let step = if bars >= 12 { 2 } else { 1 };
    let mut sections = Vec::new();
    let (mut passed, mut bar) = (0, 0);
    for (i, &(kind, length)) in style.form.iter().enumerate() {
        passed += u32::from(length);
        let exact = f64::from(bars) * f64::from(passed) / f64::from(total);
        let end =
            if i + 1 == style.form.len() { bars } else { ((exact / f64::from(step)).round() as u32 * step).min(bars) };
        if end > bar {
            let force = match kind {
                when::I => 0.75,
                when::B => 0.7,
                when::V => 0.85,
                when::O => 0.8,
                _ => 1.0,
            };
            sections.push(Section { kind, bar, bars: end - bar, force });
            bar = end;
        }
    }
    sections
}

/// A note in time.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Seconds from the start.
    pub at: f64,
    /// What sounds.
    pub tone: Tone,
}

/// One part's notes.
#[derive(Debug, Clone)]
pub struct Line {
    /// The part.
    pub part: Part,
    /// Its notes, in order of time.
    pub events: Vec<Event>,
}

/// A band's notes.
#[derive(Debug, Clone)]
pub struct Score {
    /// What the parts share.
    pub stage: Stage,
    /// The pitched parts.
    pub lines: Vec<Line>,
    /// The drums and their kind.
    pub kit: Option<Kit>,
    /// Drum strokes, in order of time.
    pub hits: Vec<Hit>,
}

impl Score {
    /// Writes all parts.
    pub fn new(stage: Stage, dice: &mut Dice) -> Self {
        let style = stage.style;
        let mut lines: Vec<Line> = Vec::new();
        for part in style.parts {
            if dice.chance(part.chance) {
                lines.push(play(part, &stage, dice));
            }
        }
        // no section is left to the drums alone: the first part (the bass, or the strings) plays in it
        let empty = |s: &&Section| !lines.iter().any(|l| l.part.when & s.kind != 0);
        let unplayed = stage.sections.iter().filter(empty).fold(0, |bits, s| bits | s.kind);
        if let (true, Some(first)) = (unplayed != 0, style.parts.first()) {
            lines.push(play(&Part { when: unplayed, ..*first }, &stage, dice));
        }
        let mut hits = Vec::new();
        if let Some((_, grooves)) = style.drums {
            let groove = dice.pick(grooves);
            for section in &stage.sections {
                rhythm::drum(&stage, section, groove, dice, &mut hits);
            }
            hits.sort_by(|a, b| a.at.total_cmp(&b.at));
        }
        Self { kit: style.drums.map(|(kit, _)| kit), stage, lines, hits }
    }

    /// Notes and strokes a second, counting those that start together (within 30 ms) once.
    pub fn onset_rate(&self) -> f64 {
        let mut times: Vec<f64> = self.hits.iter().map(|h| h.at).collect();
        times.extend(self.lines.iter().flat_map(|l| l.events.iter().map(|e| e.at)));
        times.retain(|&t| t < self.stage.seconds);
        times.sort_by(f64::total_cmp);
        let mut count = 0;
        let mut last = f64::NEG_INFINITY;
        for t in times {
            if t - last > 0.03 {
                count += 1;
                last = t;
            }
        }
        f64::from(count) / self.stage.seconds
    }
}

fn play(part: &Part, stage: &Stage, dice: &mut Dice) -> Line {
    let mut memory = Memory::new(part, stage, dice);
    let mut events: Vec<Event> = Vec::new();
    // phrases swell and fade: much where the tempo is free, a little elsewhere
    let (swell, wave, phase) =
        (0.06 + 0.3 * stage.style.rubato, f64::from(dice.range((14.0, 34.0))), f64::from(dice.unit()));
    for section in stage.sections.iter().filter(|s| s.kind & part.when != 0) {
        let mut notes = texture::play(part, stage, section, &mut memory, dice);
        notes.sort_by(|a, b| a.beat.total_cmp(&b.beat));
        for note in notes {
            let late = f64::from(stage.style.loose * dice.bell());
            let at = (stage.grid.seconds(note.beat) + late).max(0.0);
            let length = stage.grid.seconds(note.beat + note.beats) - stage.grid.seconds(note.beat);
            let arc = 1.0 + swell * exact::sine(note.beat / wave + phase) as f32;
            let level = note.level * section.force * arc * (1.0 + 0.07 * dice.bell());
            let tone = Tone {
                pitch: note.pitch as f32,
                from: events.last().map_or(note.pitch as f32, |e| e.tone.pitch),
                level: level.clamp(0.05, 1.1),
                length: length.max(0.02) as f32,
                vowel: dice.below(25),
            };
            events.push(Event { at, tone });
        }
    }
    events.sort_by(|a, b| a.at.total_cmp(&b.at));
    Line { part: *part, events }
}
