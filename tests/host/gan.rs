//! The GAN's networks: sizes, parameters, and what grows.

use std::collections::BTreeMap;

use tunevote::data::{Dataset, Song};
use tunevote::gan::{GanPlan, Task, sides, steps};
use tunevote::graph::Id;
use tunevote::models::System;
use tunevote::models::gan::{Grey, Neurons, Profile, Reading, Table, discriminator, encoder, generator, refined};
use tunevote::nn::{Mode, Net};
use tunevote::shape::Shape;
use tunevote::weights::Card;

use crate::reference::difference::noise;
use crate::reference::graph::{Values, value};

const BATCH: usize = 2;

fn net() -> Net {
    Net::new(Mode::Training).unwrap()
}

/// The generator on its own: the network, and what comes out.
fn generated(table: &Table, phase: usize) -> (Net, Id) {
    let mut net = net();
    let z = net.graph.input("z", [BATCH, table.latent]).unwrap();
    let y = generator(&mut net, table, z, phase).unwrap();
    (net, y)
}

fn kept(net: &Net) -> BTreeMap<String, Shape> {
    net.kept().into_iter().map(|(name, shape)| (name.to_owned(), shape.clone())).collect()
}

/// The parameters that the authors' program prints for the networks of their scores.
#[test]
fn the_authors_networks_have_their_parameters() {
    let table = Table::of_scores();
    assert_eq!((table.phases(), table.volume(10).unwrap()), (11, [4, 96, 84]));
    let (net, y) = generated(&table, 10);
    assert_eq!(net.graph.shape(y).dims(), [BATCH, 8, 4, 96, 84]);
    assert_eq!(net.parameters(), 6160);
    let mut one = self::net();
    let x = one.graph.input("x", [BATCH, 8, 4, 96, 84]).unwrap();
    let slope = one.graph.constant(1.0, [1]).unwrap();
    refined(&mut one, &table, x, Neurons::Deterministic, slope).unwrap();
    assert_eq!(one.parameters(), 8 * 9606);
}

#[test]
fn every_phase_has_its_size() {
    for (table, sizes) in
        [(Table::paper(6, 1), &[1, 2, 4, 8, 16, 32, 64, 128]), (Table::practical(6, 4), &[1, 2, 4, 8, 16, 32, 64, 128])]
    {
        assert_eq!(table.phases(), sizes.len());
        for (phase, &side) in sizes.iter().enumerate() {
            let (mut net, x) = generated(&table, phase);
            let volume = [BATCH, 6, table.slices, side, side];
            assert_eq!(net.graph.shape(x).dims(), volume);
            let slope = net.graph.input("slope", [1]).unwrap();
            let y = refined(&mut net, &table, x, Neurons::Deterministic, slope).unwrap();
            assert_eq!(net.graph.shape(y).dims(), volume);
            let real = discriminator(&mut net, &table, y, phase).unwrap();
            assert_eq!(net.graph.shape(real).dims(), [BATCH, 1]);
            let one = net.graph.input("one", [BATCH, 1, table.slices, side, side]).unwrap();
            let z = encoder(&mut net, &table, one, phase).unwrap();
            assert_eq!(net.graph.shape(z).dims(), [BATCH, table.latent]);
        }
        assert!(table.volume(sizes.len()).unwrap_err().to_string().contains("phases go from 0 to 7"));
    }
}

/// What a phase keeps is in the next one under the same name and of the same shape, but for how the layer is read that was the last.
#[test]
fn what_has_grown_stays() {
    for table in [Table::of_scores(), Table::paper(4, 1), Table::practical(4, 2)] {
        for phase in 1..table.phases() {
            let of = |phase: usize| {
                let (mut net, x) = generated(&table, phase);
                discriminator(&mut net, &table, x, phase).unwrap();
                kept(&net)
            };
            let (before, after) = (of(phase - 1), of(phase));
            let gone: Vec<_> = before.keys().filter(|name| !after.contains_key(*name)).collect();
            let own = format!(".genres{}.", phase - 1);
            assert!(gone.iter().all(|name| name.contains(&own)), "phase {phase} has lost {gone:?}");
            for (name, shape) in before.iter().filter(|(name, _)| after.contains_key(*name)) {
                assert_eq!(after[name], *shape, "{name} in phase {phase}");
            }
            assert!(after.keys().any(|name| *name == format!("generator.grow{phase}.weight")));
            assert!(after.keys().any(|name| *name == format!("discriminator.grow{phase}.weight")));
        }
    }
}

/// What a generator's step says in f64 of two rows of slices, with weights drawn from noise or none, rendered in `wrong`: own, and contrast.
fn contrasted(slices: Vec<f64>, weights: bool, wrong: [f64; 4]) -> [f64; 2] {
    let plan = GanPlan { rows: 2, ..GanPlan::new(Profile::Paper, Reading::Analysis) };
    let [_, net] = steps(&plan, Task { genres: 2, grey: Grey { low: -1.0, high: 1.0 }, picture: [4, 4] }, 2).unwrap();
    let mut values = Values::new();
    let variables = net.graph.variables().into_iter().map(|(name, id)| (name.to_owned(), id));
    for (name, id) in variables {
        let drawn = noise(net.graph.shape(id).count(), id.index() as u64);
        let positive = name.ends_with("stats") || name.starts_with("optimiser.v");
        let of = |v: &f64| {
            if positive {
                1.0 + 0.5 * v
            } else if weights {
                *v
            } else {
                0.0
            }
        };
        values.insert(name, drawn.iter().map(of).collect());
    }
    let word = |word: u32| f64::from(f32::from_bits(word));
    for (name, given) in [
        ("slices", slices),
        ("slope", vec![1.0]),
        ("select", vec![1.0, 0.0, 0.0, 1.0]),
        ("wrong", wrong.to_vec()),
        ("seed", [7, 0, 1, 0, 2, 1, 0, 0].map(word).to_vec()),
        ("step", vec![0.0; 8]),
    ] {
        values.insert(name.to_owned(), given);
    }
    let report = net.graph.outputs().iter().find(|(name, _)| name == "report").unwrap().1;
    let report = value(&net.graph, &values, report);
    [report[1], report[6]]
}

/// Rendered in its own genre as the wrong one, a slice is beyond three quarters of that way by a quarter of it; and so it is where all
/// renderings are the same grey, if distances are of one slice.
#[test]
fn contrast_is_of_the_same_slice() {
    let (own, turned) = ([1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]);
    let [way, same] = contrasted(noise(4 * 16, 3), true, own);
    assert!(way > 0.05 && (same - 0.25 * way).abs() < 1e-9, "{same} of {way}");
    let [_, other] = contrasted(noise(4 * 16, 3), true, turned);
    assert!((other - same).abs() > 1e-3, "{other} beside {same}");
    // Slices of genre 0 are the grey that is rendered, those of genre 1 are white.
    let slices: Vec<_> = (0..4 * 16).map(|k| if k / 16 % 2 == 0 { 0.0 } else { 1.0 }).collect();
    let [way, contrast] = contrasted(slices, false, turned);
    assert!((way - 0.25).abs() < 1e-9 && (contrast - 0.0625).abs() < 1e-9, "{contrast} of {way}");
}

#[test]
fn other_shapes_are_refused() {
    let table = Table::paper(3, 1);
    let mut net = net();
    let z = net.graph.input("z", [BATCH, 64]).unwrap();
    assert!(generator(&mut net, &table, z, 2).is_err());
    let x = net.graph.input("x", [BATCH, 3, 1, 4, 4]).unwrap();
    assert!(discriminator(&mut net, &table, x, 3).is_err());
    let two = net.graph.input("two", [BATCH, 2, 1, 4, 4]).unwrap();
    let slope = net.graph.constant(1.0, [1]).unwrap();
    assert!(refined(&mut net, &table, two, Neurons::Off, slope).is_err());
    assert!(discriminator(&mut net, &table, x, 2).is_ok());
}

/// Who taught the model teaches its second look, and nobody else.
#[test]
fn a_second_look_takes_the_sides_of_its_model() {
    let root = tempfile::tempdir().unwrap();
    let song = |index: usize| {
        let path = root.path().join(format!("{index}.wav"));
        std::fs::write(&path, [index as u8; 8]).unwrap();
        let artist = Some(format!("artist {index}"));
        Song { path, label: index % 2, artist, ..Song::default() }
    };
    let all =
        Dataset { labels: vec!["a".into(), "b".into()], songs: (0..12).map(song).collect(), warnings: Vec::new() };
    let prints = |songs: &[usize]| {
        let mut prints: Vec<_> = songs.iter().map(|&song| all.songs[song].fingerprint().unwrap()).collect();
        prints.sort();
        prints
    };
    let mut card = Card::new("compact", all.labels.clone(), System::named("compact").unwrap().front_end());
    card.training.heard = prints(&[7, 0, 3, 5]);
    card.training.tuned_on = prints(&[1, 8]);
    let split = sides(&all, &card, 1).unwrap();
    assert_eq!((split.train, split.validation, split.test), (vec![0, 3, 5, 7], vec![1, 8], vec![2, 4, 6, 9, 10, 11]));
    assert!(split.warnings.is_empty(), "{:?}", split.warnings);

    // Tuned on some of them, but taught by none.
    card.training.heard.clear();
    let anew = sides(&all, &card, 1).unwrap();
    assert_eq!(anew.train.len() + anew.validation.len() + anew.test.len(), 12);
    assert!(!anew.train.is_empty() && !anew.validation.is_empty());
    assert!(anew.warnings.iter().any(|warning| warning.contains("split anew")), "{:?}", anew.warnings);
}
