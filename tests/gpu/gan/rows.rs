//! Four slices in a row: evidence is each slice's own.

use half::f16;
use tunevote::blocking;
use tunevote::models::gan::{Binary, Grey, Profile, Reading};
use tunevote::nn::{Mode, Net};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::refine::SecondLook;
use tunevote::vote::Thresholds;
use tunevote::weights::{GanCard, GanTraining, Judgement, ModelFile};

use super::run::model;

use crate::harness::{engines, noise};

const SIDE: usize = 128;
const SLICES: usize = 4;
const GENRES: usize = 2;

fn card(model: &ModelFile) -> GanCard {
    GanCard {
        format: GanCard::FORMAT,
        labels: model.card.labels.clone(),
        front_end: model.card.front_end.clone(),
        classifier: model.sha256.clone(),
        profile: Profile::Paper,
        binary: Binary::Off,
        reading: Reading::Analysis,
        slices: SLICES,
        grey: Grey { low: -2.0, high: 2.0 },
        judgement: Judgement::uncalibrated(Thresholds::default()),
        training: GanTraining::default(),
    }
}

#[test]
fn slices_in_a_row_have_distances_of_their_own() {
    let engine = &engines()[0];
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder.path().join("m.safetensors"), &["a", "b"]);
    let card = card(&model);
    // The networks with the weights that they start from, and a plan that gives the pictures themselves.
    let mut net = Net::new(Mode::Inference).unwrap();
    let x = net.graph.input("slices", [1, 1, SIDE, SLICES * SIDE]).unwrap();
    let (grey, rendered) = card.renderings(&mut net, x).unwrap();
    net.graph.output("grey", grey).unwrap();
    net.graph.output("volumes", rendered.volumes).unwrap();
    let mut variables = Variables::new(engine);
    net.initialise(&mut variables, 1).unwrap();
    model.load(&mut variables).unwrap();

    // Five slices: the second row ends with the song and holds the last four; the first row's slices keep what it says.
    let values: Vec<_> = noise(5 * SIDE * SIDE, 3).iter().map(|&v| f16::from_f32(2.0 * v)).collect();
    let evidence = SecondLook::shared(&card, &model.card, &variables, 1).unwrap().evidence(&values).unwrap();
    assert_eq!(evidence.len(), 5);
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap();
    for (start, told) in [(0, 0..4), (1, 3..4)] {
        let row: Vec<f32> = (0..SIDE)
            .flat_map(|y| (0..SLICES).flat_map(move |k| (0..SIDE).map(move |x| (k, y * SIDE + x))))
            .map(|(k, at)| values[(start + k) * SIDE * SIDE + at].to_f32())
            .collect();
        plan.write("slices", &row).unwrap();
        plan.run();
        let [grey, volumes] =
            ["grey", "volumes"].map(|name| blocking::wait(engine, engine.read(plan.output(name).unwrap())).unwrap());
        for k in told {
            let slice = &grey[k * SIDE * SIDE..][..SIDE * SIDE];
            for genre in 0..GENRES {
                let made = &volumes[(genre * SLICES + k) * SIDE * SIDE..][..SIDE * SIDE];
                let sum: f64 = slice.iter().zip(made).map(|(a, b)| f64::from((a - b).abs())).sum();
                let (want, got) = (sum / (SIDE * SIDE) as f64, f64::from(evidence[start + k].distances[genre]));
                assert!((got - want).abs() < 1e-5, "slice {}, genre {genre}: {got}, not {want}", start + k);
            }
        }
    }
    let distances: Vec<_> = evidence.iter().map(|one| one.distances[0]).collect();
    assert!(distances.windows(2).all(|pair| pair[0] != pair[1]), "{distances:?}");
}
