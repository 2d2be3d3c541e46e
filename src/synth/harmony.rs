//! Chords, scales and how one chord moves to the next.

/// Intervals of a chord above its root, in semitones.
pub type Tones = &'static [i8];

/// Major triad.
pub const MAJ: Tones = &[0, 4, 7];
/// Minor triad.
pub const MIN: Tones = &[0, 3, 7];
/// Root and fifth: the power chord.
pub const FIFTH: Tones = &[0, 7];
/// Suspended fourth.
pub const SUS: Tones = &[0, 5, 7];
/// Dominant seventh.
pub const DOM: Tones = &[0, 4, 7, 10];
/// Dominant ninth.
pub const DOM9: Tones = &[0, 4, 7, 10, 14];
/// Dominant thirteenth with a flat ninth.
pub const ALT: Tones = &[0, 4, 10, 13, 21];
/// Major seventh.
pub const MAJ7: Tones = &[0, 4, 7, 11];
/// Major ninth.
pub const MAJ9: Tones = &[0, 4, 7, 11, 14];
/// Minor seventh.
pub const MIN7: Tones = &[0, 3, 7, 10];
/// Minor ninth.
pub const MIN9: Tones = &[0, 3, 7, 10, 14];
/// Half-diminished seventh.
pub const HALF: Tones = &[0, 3, 6, 10];
/// Diminished seventh.
pub const DIM7: Tones = &[0, 3, 6, 9];

/// A chord: its root in semitones above the tonic, and its intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    /// Semitones above the tonic, 0..12.
    pub root: i8,
    /// Intervals above the root.
    pub tones: Tones,
}

/// A chord, for tables.
pub const fn chord(root: i8, tones: Tones) -> Chord {
    Chord { root, tones }
}

/// A scale of seven steps, as semitones above the tonic.
pub type Scale = &'static [i8; 7];

/// Ionian.
pub const MAJOR: Scale = &[0, 2, 4, 5, 7, 9, 11];
/// Aeolian.
pub const MINOR: Scale = &[0, 2, 3, 5, 7, 8, 10];
/// Minor with a leading tone.
pub const HARMONIC: Scale = &[0, 2, 3, 5, 7, 8, 11];
/// Dorian.
pub const DORIAN: Scale = &[0, 2, 3, 5, 7, 9, 10];
/// Phrygian.
pub const PHRYGIAN: Scale = &[0, 1, 3, 5, 7, 8, 10];
/// Mixolydian.
pub const MIXOLYDIAN: Scale = &[0, 2, 4, 5, 7, 9, 10];

/// The pitch nearest to `near` whose distance from the C below is `class` modulo 12, inside `low..=high` where possible.
pub fn nearest(class: i32, near: f32, (low, high): (i32, i32)) -> i32 {
    let centre = near.clamp(low as f32, high as f32);
    let mut pitch = class.rem_euclid(12) + 12 * ((centre - class.rem_euclid(12) as f32) / 12.0).round() as i32;
    while pitch < low {
        pitch += 12;
    }
    while pitch > high && pitch - 12 >= low {
        pitch -= 12;
    }
    pitch
}

/// A voicing of `chord` in `low..=high` that moves as little as possible from `before` (empty: around the middle).
///
/// `tonic` is the pitch class of the key. Each chord tone takes the octave nearest to the voice that had its place; the
/// result is sorted, and two voices on one pitch become one.
pub fn lead(tonic: i32, chord: Chord, before: &[i32], range: (i32, i32)) -> Vec<i32> {
    let middle = (range.0 + range.1) as f32 / 2.0;
    let classes: Vec<i32> = chord.tones.iter().map(|&t| tonic + i32::from(chord.root) + i32::from(t)).collect();
    let count = classes.len();
    let mut best: (f32, Vec<i32>) = (f32::MAX, Vec::new());
    for turn in 0..count {
        let mut voicing: Vec<i32> = (0..count)
            .map(|i| {
                let near =
                    before.get(i).map_or_else(|| middle + 4.0 * (i as f32 - count as f32 / 2.0), |&pitch| pitch as f32);
                nearest(classes[(i + turn) % count], near, range)
            })
            .collect();
        voicing.sort_unstable();
        voicing.dedup();
        let moved: i32 = voicing.iter().zip(before).map(|(a, b)| (a - b).abs()).sum();
        let drift = (voicing.iter().sum::<i32>() as f32 / voicing.len().max(1) as f32 - middle).abs();
        let cost = moved as f32 + 0.3 * drift + 5.0 * (count - voicing.len()) as f32;
        if cost < best.0 {
            best = (cost, voicing);
        }
    }
    best.1
}

/// The pitch `steps` scale steps from `pitch`; a pitch outside the scale is first taken down to it.
pub fn step(scale: Scale, tonic: i32, pitch: i32, steps: i32) -> i32 {
    let above = (pitch - tonic).rem_euclid(12);
    let octave = (pitch - tonic).div_euclid(12);
    let degree = scale.iter().rposition(|&s| i32::from(s) <= above).unwrap_or(0) as i32 + steps;
    tonic + 12 * (octave + degree.div_euclid(7)) + i32::from(scale[degree.rem_euclid(7) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_walk_the_scale() {
        assert_eq!(step(MAJOR, 0, 60, 1), 62);
        assert_eq!(step(MAJOR, 0, 60, -1), 59);
        assert_eq!(step(MAJOR, 0, 60, 7), 72);
        assert_eq!(step(MINOR, 9, 57, 2), 60);
    }

    #[test]
    fn voices_move_little() {
        let first = lead(0, chord(0, MAJ), &[], (55, 79));
        let second = lead(0, chord(5, MAJ), &first, (55, 79));
        assert_eq!(first.len(), 3);
        let moved: i32 = first.iter().zip(&second).map(|(a, b)| (a - b).abs()).sum();
        assert!(moved <= 4, "{first:?} {second:?}");
        assert!(second.iter().all(|p| [5, 9, 0].contains(&(p % 12))));
    }
}
