//! From notes to two channels: each part through its own effects, then placed, then the room.

use super::{
    artist::Artist,
    dice::Dice,
    drums::{self, Recorded},
    effects::{self, Svf, Tap},
    exact,
    score::{Line, Score},
    style::{Drum, Voice, when},
    wave::Studio,
};

/// Mean level of a part at 0 dB.
const LEVEL: f32 = 0.1;

/// Two channels of equal length.
#[derive(Debug, Clone)]
pub struct Stereo {
    /// Left.
    pub left: Vec<f32>,
    /// Right.
    pub right: Vec<f32>,
}

impl Stereo {
    /// Mean of both channels' squares.
    pub fn power(&self) -> f64 {
        let sum = |y: &[f32]| y.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
        (sum(&self.left) + sum(&self.right)) / (2 * self.left.len()).max(1) as f64
    }

    /// Adds `gain` times another.
    pub fn add(&mut self, other: &Self, gain: f32) {
        self.left.iter_mut().zip(&other.left).for_each(|(y, x)| *y += gain * x);
        self.right.iter_mut().zip(&other.right).for_each(|(y, x)| *y += gain * x);
    }
}

/// Two mixes in one: `second` gets the share `weight` of the energy. Silence in either leaves the other as it is.
pub fn blend(mut first: Stereo, second: &Stereo, weight: f64) -> Stereo {
    let (a, b) = (first.power(), second.power());
    if a > 0.0 && b > 0.0 {
        let gain = |power: f64, share: f64| ((share / power).sqrt() * f64::from(LEVEL)) as f32;
        let keep = gain(a, 1.0 - weight);
        first.left.iter_mut().chain(&mut first.right).for_each(|x| *x *= keep);
        first.add(second, gain(b, weight));
    } else {
        first.add(second, 1.0);
    }
    first
}

/// Plays and mixes a score: `frames` samples a channel.
pub fn render(score: &Score, artist: &Artist, studio: &Studio, frames: usize, dice: &mut Dice) -> Stereo {
    let mut mix = Stereo { left: vec![0.0; frames], right: vec![0.0; frames] };
    let mut send = vec![0.0f32; frames];
    drum(score, artist, studio, dice, &mut mix, &mut send);
    let duck = ducking(score, studio.rate, frames);
    let mut bus = vec![0.0f32; frames];
    for line in &score.lines {
        bus.fill(0.0);
        part(line, score, artist, studio, &duck, dice, &mut bus, &mut mix, &mut send);
    }
    let style = score.stage.style;
    let mut room = artist.chain.room;
    room.t60 = (room.t60 * style.room).min(5.0);
    let wet = artist.chain.wet * style.room.min(1.6) * 0.35;
    room.render(&send, studio.rate, wet, &mut mix.left, &mut mix.right);
    mix
}

#[allow(clippy::too_many_arguments)]
fn part(
    line: &Line,
    score: &Score,
    artist: &Artist,
    studio: &Studio,
    duck: &[f32],
    dice: &mut Dice,
    bus: &mut [f32],
    mix: &mut Stereo,
    send: &mut [f32],
) {
    let rate = studio.rate;
    let patch = artist.patch(line.part.voice);
    let mut noise = dice.noise();
    let pan = dice.range((-0.5, 0.5));
    let late = (dice.range((0.007, 0.014)) * rate) as usize;
    for event in &line.events {
        let start = (event.at * f64::from(rate)) as usize;
        if start < bus.len() {
            patch.render(studio, &event.tone, &mut noise, &mut bus[start..]);
        }
    }
    let level = gated(bus);
    if level <= 0.0 {
        return;
    }
    if patch.drive > 0.0 {
        // drive is meant against a fixed level, whatever the source gives
        effects::drive(bus, patch.drive * 0.25 / level, 0.05);
    }
    if patch.band.0 > 25.0 {
        Svf::new(patch.band.0 / rate, 0.0).all(bus, Tap::High);
    }
    if patch.band.1 < 0.42 * rate {
        Svf::new(patch.band.1 / rate, 0.1).all(bus, Tap::Low);
    }
    if score.stage.style.duck > 0.0 {
        open(score, rate, bus);
        bus.iter_mut().zip(duck).for_each(|(y, g)| *y *= g);
    }
    if patch.echo > 0.02 {
        effects::echo(bus, rate, (45.0 / score.stage.grid.bpm) as f32, 0.35 + 0.3 * patch.echo, patch.echo);
    }
    if patch.tremolo.0 > 0.02 {
        tremolo(bus, studio, patch.tremolo);
    }
    let gain = LEVEL * exact::decibels(line.part.level) / gated(bus).max(1e-6);
    let low = matches!(
        line.part.voice,
        Voice::SynthBass
            | Voice::SubBass
            | Voice::AcidBass
            | Voice::ElectricBass
            | Voice::UprightBass
            | Voice::Singer
            | Voice::Rapper
    );
    let pan = if low { 0.0 } else { pan };
    let (left, right) = ((0.5 * (1.0 - pan)).sqrt() * gain, (0.5 * (1.0 + pan)).sqrt() * gain);
    let late = if patch.wide && !low { late } else { 0 };
    mix.left.iter_mut().zip(bus.iter()).for_each(|(y, x)| *y += left * x);
    mix.right.iter_mut().skip(late).zip(bus.iter()).for_each(|(y, x)| *y += right * x);
    send.iter_mut().zip(bus.iter()).for_each(|(y, x)| *y += patch.send * gain * x);
}

fn drum(score: &Score, artist: &Artist, studio: &Studio, dice: &mut Dice, mix: &mut Stereo, send: &mut [f32]) {
    let Some(kit) = score.kit else { return };
    let rate = studio.rate;
    let frames = send.len();
    let used = |drum: Drum| score.hits.iter().any(|h| h.drum == drum);
    let recorded = Recorded::new(&artist.drums(kit), studio, used, &mut dice.noise());
    // the kit is mixed here first, because its level is set as a whole
    let mut own = Stereo { left: vec![0.0; frames], right: vec![0.0; frames] };
    let mut wet = vec![0.0f32; frames];
    for (number, hit) in score.hits.iter().enumerate() {
        let start = (hit.at * f64::from(rate)) as usize;
        if start >= frames {
            continue;
        }
        let sound = recorded.take(hit.drum, number);
        let (gain, pan, share) = drums::place(hit.drum);
        let gain = gain * hit.level * (0.4 + 0.6 * hit.level);
        let (left, right) = (gain * (0.5 * (1.0 - pan)).sqrt(), gain * (0.5 * (1.0 + pan)).sqrt());
        let places = own.left[start..].iter_mut().zip(&mut own.right[start..]).zip(&mut wet[start..]);
        for (((l, r), w), &x) in places.zip(sound) {
            *l += left * x;
            *r += right * x;
            *w += share * gain * x;
        }
    }
    let level = gated(&own.left).max(gated(&own.right));
    if level > 0.0 {
        let gain = 1.5 * LEVEL * exact::decibels(score.stage.style.drum_level) / level;
        mix.add(&own, gain);
        send.iter_mut().zip(&wet).for_each(|(y, x)| *y += gain * x);
    }
}

// Root of the mean square over the blocks that are not silent: how loud a part is while it plays.
fn gated(y: &[f32]) -> f32 {
    let powers: Vec<f32> = y.chunks(2048).map(|c| c.iter().map(|x| x * x).sum::<f32>() / c.len() as f32).collect();
    let most = powers.iter().copied().fold(0.0, f32::max);
    let (sum, count) =
        powers.iter().filter(|&&p| p > 0.003 * most).fold((0.0f64, 0u32), |(s, n), &p| (s + f64::from(p), n + 1));
    if count == 0 { 0.0 } else { (sum / f64::from(count)).sqrt() as f32 }
}

// The gain of everything but the drums: down at each kick, back within a fifth of a second.
fn ducking(score: &Score, rate: f32, frames: usize) -> Vec<f32> {
    let depth = score.stage.style.duck;
    if depth <= 0.0 {
        return Vec::new();
    }
    let mut gain = vec![1.0f32; frames];
    let back = (0.2 * rate) as usize;
    for hit in score.hits.iter().filter(|h| h.drum == Drum::Kick) {
        let start = (hit.at * f64::from(rate)) as usize;
        for (i, g) in gain.iter_mut().skip(start).take(back).enumerate() {
            let recovered = i as f32 / back as f32;
            *g = g.min(1.0 - depth * (1.0 - recovered) * (1.0 - recovered));
        }
    }
    gain
}

// A lowpass that opens through introductions and breaks.
fn open(score: &Score, rate: f32, bus: &mut [f32]) {
    let grid = &score.stage.grid;
    let per_bar = f64::from(score.stage.style.beats);
    for section in score.stage.sections.iter().filter(|s| s.kind & (when::I | when::B) != 0) {
        let frame = |bar: u32| ((grid.seconds(f64::from(bar) * per_bar) * f64::from(rate)) as usize).min(bus.len());
        let (start, end) = (frame(section.bar), frame(section.bar + section.bars));
        let total = (end - start).max(1) as f32;
        let mut filter = Svf::default();
        for (i, block) in bus[start..end].chunks_mut(64).enumerate() {
            let done = (i * 64) as f32 / total;
            filter.tune(500.0 * exact::exp2(f64::from(done * 4.6)) as f32 / rate, 0.35);
            block.iter_mut().for_each(|x| *x = filter.run(*x, Tap::Low));
        }
    }
}

fn tremolo(bus: &mut [f32], studio: &Studio, (depth, hertz): (f32, f32)) {
    let mut phase = 0.0f32;
    for block in bus.chunks_mut(32) {
        let gain = 1.0 - depth * (0.5 + 0.5 * studio.sine(phase));
        block.iter_mut().for_each(|x| *x *= gain);
        phase += 32.0 * hertz / studio.rate;
        phase -= phase.floor();
    }
}
