//! Whether a map means anything: deletion and insertion.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::cells::{Cells, Map};
use crate::error::Result;
use crate::predict::Predictor;

/// Steps in which a slice is covered.
const STEPS: usize = 16;

/// The answer while a slice is covered cell by cell in a map's order, and while it is uncovered in that order (Petsiuk et al. 2018, RISE).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Order {
    /// The mean of the class's probability over all shares that are covered, from none to all: the lower, the more the places that the map names first were needed.
    pub deletion: f64,
    /// The same from all covered to none: the higher, the more those places suffice.
    pub insertion: f64,
}

/// A map against others that are as rough: the same map moved around its edges and turned over, at random.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trust {
    /// The map's own.
    pub map: Order,
    /// Those of the others.
    pub random: Vec<Order>,
}

impl Trust {
    /// Asks the network about a slice (H,W), a class and a map of it, with so many maps beside it; what is drawn follows from the seed.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device fails.
    pub fn new(
        predictor: &Predictor,
        cells: &Cells,
        slice: &[f32],
        class: usize,
        map: &Map,
        others: usize,
        seed: u64,
    ) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let own = cells.of(map);
        let maps = [own.clone()].into_iter().chain((0..others).map(|_| elsewhere(&own, &mut rng)));
        let orders: Vec<_> = maps.collect::<Vec<_>>().iter().map(|map| order(map, &mut rng)).collect();
        let mut inputs = Vec::new();
        for order in &orders {
            for deleting in [true, false] {
                for step in 0..=STEPS {
                    let gone = order.len() * step / STEPS;
                    let mut covered = vec![!deleting; order.len()];
                    order[..gone].iter().for_each(|&cell| covered[cell] = deleting);
                    inputs.extend(cells.covered(slice, &covered));
                }
            }
        }
        let answers = predictor.probabilities(&inputs)?;
        let class: Vec<_> = answers.chunks_exact(predictor.outputs()).map(|row| f64::from(row[class])).collect();
        let told = |both: &[f64]| {
            let (deletion, insertion) = both.split_at(STEPS + 1);
            Order { deletion: area(deletion), insertion: area(insertion) }
        };
        let mut told = class.chunks_exact(2 * (STEPS + 1)).map(told);
        let map = told.next().unwrap_or(Order { deletion: 0.0, insertion: 0.0 });
        Ok(Self { map, random: told.collect() })
    }
}

/// The area under values at equal distances from 0 to 1.
fn area(values: &[f64]) -> f64 {
    let steps = values.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    steps.sum::<f64>() / (values.len() - 1).max(1) as f64
}

/// Cells from the one of which a map says most on; equals in any order.
fn order(map: &Map, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut keyed: Vec<_> = map.values.iter().enumerate().map(|(cell, &value)| (value, rng.next_u32(), cell)).collect();
    keyed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    keyed.into_iter().map(|(_, _, cell)| cell).collect()
}

/// The map moved around its edges and perhaps turned over.
fn elsewhere(map: &Map, rng: &mut ChaCha8Rng) -> Map {
    let [rows, columns] = map.size;
    let mut below = |n: usize| ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize;
    let (down, across, turned) = (below(rows), below(columns), [below(2), below(2)]);
    let from = |at: usize, by: usize, n: usize, turned: usize| {
        let moved = (at + by) % n;
        if turned == 1 { n - 1 - moved } else { moved }
    };
    let value = |row: usize, column: usize| {
        map.values[from(row, down, rows, turned[0]) * columns + from(column, across, columns, turned[1])]
    };
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    Map::new(map.size, places.map(|(row, column)| value(row, column)).collect())
}

/// What the maps of several slices come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Slices that were asked about.
    pub slices: usize,
    /// Means over slices of the maps' own numbers.
    pub map: Order,
    /// Means of the others'.
    pub random: Order,
    /// Probability that maps without meaning are as good at deletion, at insertion.
    pub chance: [f64; 2],
    /// The smallest that it could be, with so many slices and maps at random.
    pub least: f64,
}

/// Above this, a map is no better than others.
const LEVEL: f64 = 0.05;

impl Verdict {
    /// Of some slices; none of none.
    ///
    /// A slice's share of maps that are at least as good, its own counted, is uniform where it means nothing; those of all slices are combined as Fisher's method has it:
    /// `-2 sum of ln p` is chi-squared with twice as many degrees of freedom as there are slices (Fisher 1932).
    pub fn of(slices: &[Trust]) -> Option<Self> {
        let n = slices.len();
        let mean = |of: &dyn Fn(&Trust) -> f64| slices.iter().map(of).sum::<f64>() / n as f64;
        let others = |trust: &Trust, of: fn(&Order) -> f64| {
            trust.random.iter().map(of).sum::<f64>() / trust.random.len().max(1) as f64
        };
        let chance = |good: &dyn Fn(&Order, &Order) -> bool| {
            let share = |trust: &Trust| {
                let as_good = trust.random.iter().filter(|other| good(other, &trust.map)).count();
                (1 + as_good) as f64 / (1 + trust.random.len()) as f64
            };
            beyond(-slices.iter().map(|trust| share(trust).ln()).sum::<f64>(), n)
        };
        let least = slices.iter().map(|trust| ((1 + trust.random.len()) as f64).ln()).sum::<f64>();
        (n > 0).then(|| Self {
            least: beyond(least, n),
            slices: n,
            map: Order { deletion: mean(&|t| t.map.deletion), insertion: mean(&|t| t.map.insertion) },
            random: Order {
                deletion: mean(&|t| others(t, |order| order.deletion)),
                insertion: mean(&|t| others(t, |order| order.insertion)),
            },
            chance: [chance(&|a, b| a.deletion <= b.deletion), chance(&|a, b| a.insertion >= b.insertion)],
        })
    }

    /// What that means, for people.
    pub fn words(&self) -> &'static str {
        if self.least >= LEVEL {
            return "Too few slices and maps at random to tell whether the map means anything: give --ask or --others more.";
        }
        match self.chance.map(|chance| chance < LEVEL) {
            [true, true] => {
                "The map means something: without what it marks the answer goes sooner than without other places, and with it alone it comes sooner."
            }
            [true, false] => "The map names what the answer needs, but not what suffices for it.",
            [false, true] => "The map names what suffices for the answer, but not what it needs.",
            [false, false] => "The map is no better than others at random: do not read anything into it.",
        }
    }
}

/// The probability that a chi-squared number of `2 n` degrees of freedom is above `2 half`: a sum, as the degrees are even.
fn beyond(half: f64, n: usize) -> f64 {
    let mut term = (-half).exp();
    let mut sum = 0.0;
    for k in 0..n {
        sum += term;
        term *= half / (k + 1) as f64;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_those_of_trapezoids() {
        assert_eq!(area(&[1.0, 0.0]), 0.5);
        assert_eq!(area(&[1.0, 1.0, 0.0, 0.0, 0.0]), 0.375);
        assert_eq!(area(&[0.25; 17]), 0.25);
    }

    #[test]
    fn chi_squared_by_its_table() {
        // 95 % quantiles of 2, 4 and 20 degrees: 5.991, 9.488, 31.410.
        for (quantile, n) in [(5.991, 1), (9.488, 2), (31.410, 10)] {
            assert!((beyond(quantile / 2.0, n) - 0.05).abs() < 1e-4, "{n}");
        }
        assert_eq!(beyond(0.0, 3), 1.0);
    }

    #[test]
    fn a_map_elsewhere_has_the_same_numbers() {
        let map = Map::new([3, 4], (0..12).map(|i| i as f32).collect());
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut others: Vec<_> = (0..40).map(|_| elsewhere(&map, &mut rng)).collect();
        for other in &others {
            let mut sorted = other.values.clone();
            sorted.sort_by(f32::total_cmp);
            assert_eq!(sorted, map.values);
        }
        others.sort_by(|a, b| a.values[0].total_cmp(&b.values[0]).then(a.values[1].total_cmp(&b.values[1])));
        others.dedup();
        assert!(others.len() > 20, "{}", others.len());
        assert_eq!(order(&map, &mut rng), (0..12).rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_verdict_tells_meaning_from_chance() {
        let order = |deletion: f64, insertion: f64| Order { deletion, insertion };
        let random: Vec<_> = (0..19).map(|i| order(0.5 + 0.01 * f64::from(i), 0.5 - 0.01 * f64::from(i))).collect();
        let good = Trust { map: order(0.2, 0.8), random: random.clone() };
        let middling = Trust { map: order(0.59, 0.41), random };
        let of = |slices: &[Trust]| Verdict::of(slices).map(|verdict| (verdict, verdict.words()));
        let Some((verdict, words)) = of(&[good.clone(), good]) else { panic!("no verdict of two slices") };
        // Two slices of 1/20 each.
        let product = (1.0_f64 / 400.0) * (1.0 - (1.0_f64 / 400.0).ln());
        assert!(verdict.chance.iter().all(|chance| (chance - product).abs() < 1e-12), "{verdict:?}");
        assert!(words.starts_with("The map means something"));
        let Some((verdict, words)) = of(&[middling.clone(), middling]) else { panic!("no verdict of two slices") };
        assert!(words.starts_with("The map is no better"), "{verdict:?}");
        assert!((verdict.random.deletion - 0.59).abs() < 1e-12);
        assert_eq!(Verdict::of(&[]), None);
        // One slice and 9 maps at random cannot be below a tenth, however good the map is.
        let few = Trust { map: order(0.0, 1.0), random: vec![order(0.5, 0.5); 9] };
        let Some((verdict, words)) = of(&[few]) else { panic!("no verdict of a slice") };
        assert!(words.starts_with("Too few") && (verdict.least - 0.1).abs() < 1e-12, "{verdict:?}");
    }
}
