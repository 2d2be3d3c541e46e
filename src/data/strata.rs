//! Groups of songs on sides, so that every label's shares come near the wanted ones.
//!
//! Cost = sum over labels and sides of (share - wanted share)², plus a penalty for each side that a label has to be on and is
//! not. Groups are placed one by one in random order, each where it costs least; then single groups are moved, and pairs
//! exchanged, while that makes the cost smaller.

use std::collections::BTreeMap;

use super::draw::Draw;

/// Up to so many groups, pairs are exchanged; with more, moving single groups comes near enough.
const PAIRS_UP_TO: usize = 600;
/// A change has to gain more than rounding can.
const GAIN: f64 = 1e-9;

/// Songs that stay together: how many of each label, rising by label.
pub(super) struct Group(Vec<(usize, u32)>);

impl Group {
    pub(super) fn new(labels: impl Iterator<Item = usize>) -> Self {
        let mut counts = BTreeMap::new();
        labels.for_each(|label| *counts.entry(label).or_insert(0) += 1);
        Self(counts.into_iter().collect())
    }
}

/// One side of a division.
#[derive(Clone, Copy)]
pub(super) struct Side {
    /// Its share of the songs, 0..=1.
    pub(super) wanted: f64,
    /// What it costs if a label is missing here that has artists enough for this side: more than shares can ever cost. Sides where it costs
    /// more come first where artists are few.
    pub(super) missing: f64,
}

/// A side for every group. Sides with a wanted share of 0 stay empty.
pub(super) fn assign(groups: &[Group], labels: usize, sides: &[Side], mut draw: Draw) -> Vec<usize> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    draw.shuffle(&mut order);
    let mut table = Table::new(groups, labels, sides);
    let open: Vec<usize> = (0..sides.len()).filter(|&side| sides[side].wanted > 0.0).collect();
    let mut sides = vec![0; groups.len()];
    for &group in &order {
        let cost = |side: usize| table.after(&[(group, None, Some(side))]);
        // The first of equals.
        sides[group] = open.iter().copied().min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
        table.change(&[(group, None, Some(sides[group]))]);
    }
    while moved(&mut table, &order, &open, &mut sides) || exchanged(&mut table, &order, &mut sides) {}
    sides
}

/// Moves single groups; whether any was moved.
fn moved(table: &mut Table<'_>, order: &[usize], open: &[usize], sides: &mut [usize]) -> bool {
    let mut any = false;
    for &group in order {
        for &to in open {
            let step = [(group, Some(sides[group]), Some(to))];
            if to != sides[group] && table.after(&step) < -GAIN {
                table.change(&step);
                sides[group] = to;
                any = true;
            }
        }
    }
    any
}

/// Exchanges pairs of groups; whether any was.
fn exchanged(table: &mut Table<'_>, order: &[usize], sides: &mut [usize]) -> bool {
    if order.len() > PAIRS_UP_TO {
        return false;
    }
    let mut any = false;
    for (place, &a) in order.iter().enumerate() {
        for &b in &order[..place] {
            let step = [(a, Some(sides[a]), Some(sides[b])), (b, Some(sides[b]), Some(sides[a]))];
            if sides[a] != sides[b] && table.share_a_label(a, b) && table.after(&step) < -GAIN {
                table.change(&step);
                sides.swap(a, b);
                any = true;
            }
        }
    }
    any
}

/// A group, where it was, where it goes.
type Step = (usize, Option<usize>, Option<usize>);

/// Songs of each label on each side.
struct Table<'a> {
    groups: &'a [Group],
    sides: &'a [Side],
    songs: Vec<Vec<i64>>,
    total: Vec<i64>,
    needed: Vec<Vec<bool>>,
}

impl<'a> Table<'a> {
    fn new(groups: &'a [Group], labels: usize, sides: &'a [Side]) -> Self {
        let (mut total, mut artists) = (vec![0; labels], vec![0; labels]);
        for &(label, songs) in groups.iter().flat_map(|group| &group.0) {
            total[label] += i64::from(songs);
            artists[label] += 1;
        }
        // Filled in this order as far as artists go.
        let mut by_need: Vec<usize> = (0..sides.len()).filter(|&side| sides[side].wanted > 0.0).collect();
        by_need.sort_by(|&a, &b| sides[b].missing.total_cmp(&sides[a].missing));
        let needed = artists.iter().map(|&artists| {
            let mut needed = vec![false; sides.len()];
            by_need.iter().take(artists).for_each(|&side| needed[side] = true);
            needed
        });
        let needed = needed.collect();
        Self { groups, sides, songs: vec![vec![0; sides.len()]; labels], total, needed }
    }

    fn share_a_label(&self, a: usize, b: usize) -> bool {
        self.groups[a].0.iter().any(|(label, _)| self.groups[b].0.iter().any(|(other, _)| label == other))
    }

    /// How the cost changes with these steps.
    fn after(&self, steps: &[Step]) -> f64 {
        let mut labels: Vec<usize> =
            steps.iter().flat_map(|&(group, _, _)| &self.groups[group].0).map(|&(label, _)| label).collect();
        labels.sort_unstable();
        labels.dedup();
        let mut change = 0.0;
        for label in labels {
            let mut songs = self.songs[label].clone();
            change -= self.cost(label, &songs);
            for &(group, from, to) in steps {
                let own = self.groups[group].0.iter().filter(|(other, _)| *other == label);
                let own: i64 = own.map(|&(_, songs)| i64::from(songs)).sum();
                from.into_iter().for_each(|side| songs[side] -= own);
                to.into_iter().for_each(|side| songs[side] += own);
            }
            change += self.cost(label, &songs);
        }
        change
    }

    fn change(&mut self, steps: &[Step]) {
        for &(group, from, to) in steps {
            for &(label, songs) in &self.groups[group].0 {
                from.into_iter().for_each(|side| self.songs[label][side] -= i64::from(songs));
                to.into_iter().for_each(|side| self.songs[label][side] += i64::from(songs));
            }
        }
    }

    fn cost(&self, label: usize, songs: &[i64]) -> f64 {
        let total = self.total[label] as f64;
        let of = |(side, &songs): (&Side, &i64), needed: &bool| {
            let off = songs as f64 / total - side.wanted;
            off * off + if *needed && songs == 0 { side.missing } else { 0.0 }
        };
        self.sides.iter().zip(songs).zip(&self.needed[label]).map(|(side, needed)| of(side, needed)).sum()
    }
}
