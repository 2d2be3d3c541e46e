//! Where a network looked: Grad-CAM against its formula, covering, whether maps mean anything, and the page.

use tempfile::TempDir;
use tunevote::blocking;
use tunevote::explain::{Cam, Cells, Map, Trust, Verdict, occlude};
use tunevote::gpu::Engine;
use tunevote::graph::Graph;
use tunevote::models::vit::Vit;
use tunevote::nn::{Mode, Net};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::predict::Predictor;
use tunevote::weights::ModelFile;

use crate::cli::{rows, songs, text, tunevote};
use crate::cli_classify::{fixture, noise as samples, wav};
use crate::harness::{close, engines, noise, noise_of_name};
use crate::reference::graph::{Values, value};

fn read(engine: &Engine, plan: &Plan, output: &str) -> Vec<f32> {
    blocking::wait(engine, engine.read(plan.output(output).unwrap())).unwrap()
}

/// Behind the maps of this network are their mean and their largest place, and a dense layer: the gradient of a class averaged over a map's places is the sum of the two weights, over
/// their number.
#[test]
fn grad_cam_of_the_default_network_follows_from_its_weights() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/weights/default.safetensors");
    let model = ModelFile::read(path.as_ref()).unwrap();
    let classes = model.card.labels.len();
    let slices = noise(3 * 128 * 128, 5);
    for engine in engines() {
        let (mut net, _) = model.card.network(Mode::Inference, 3).unwrap();
        let maps = net.maps().unwrap();
        let [_, channels, h, w] = net.graph.shape(maps).array("test", "maps").unwrap();
        net.graph.output("maps", maps).unwrap();
        let mut variables = Variables::new(engine);
        model.load(&mut variables).unwrap();
        let plan = Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap();
        plan.write("slices", &slices).unwrap();
        plan.run();
        let maps = read(engine, &plan, "maps");
        let (_, _, weight) = model.tensors().iter().find(|(name, ..)| *name == "dense.weight").unwrap();
        let weight = |row: usize, class: usize| f64::from(weight[row * classes + class]);
        let cam = Cam::new(&model.card, &variables, 2).unwrap().unwrap();
        let wanted = [1, 0, classes - 1];
        let got = cam.maps(&slices, &wanted).unwrap();
        let (mut want, mut scale) = (Vec::new(), Vec::new());
        for (slice, &class) in wanted.iter().enumerate() {
            for place in 0..h * w {
                let term = |k: usize| {
                    let a = f64::from(maps[(slice * channels + k) * h * w + place]);
                    a * (weight(k, class) + weight(channels + k, class)) / (h * w) as f64
                };
                want.push((0..channels).map(term).sum::<f64>().max(0.0));
                scale.push((0..channels).map(|k| term(k).abs()).sum::<f64>());
            }
        }
        assert!(want.iter().any(|&v| v > 0.0) && want.contains(&0.0));
        assert_eq!(got.len(), 3);
        assert!(got.iter().all(|map| map.size == [h, w]));
        close(&got.into_iter().flat_map(|map| map.values).collect::<Vec<_>>(), &want, &scale, 64.0);
        engine.check().unwrap();
    }
}

#[test]
fn tokens_are_weighed_by_the_mean_of_their_gradient() {
    let small = Vit { patch: 8, dim: 12, depth: 2, heads: 3 };
    let build = || {
        let mut net = Net::new(Mode::Inference).unwrap();
        let x = net.graph.input("slices", [1, 1, 16, 24]).unwrap();
        let logits = small.build(&mut net, x, 4).unwrap();
        (net, logits)
    };
    let (mut net, logits) = build();
    let mut values = Values::new();
    for (name, shape) in net.kept() {
        let drawn = noise_of_name(name, shape.count(), 0.4);
        values.insert(name.to_owned(), drawn.into_iter().map(f64::from).collect());
    }
    let slice = noise(16 * 24, 2);
    values.insert("slices".into(), slice.iter().map(|&v| f64::from(v)).collect());
    let tokens = net.maps().unwrap();
    let class = net.graph.slice(logits, &[0, 2], &[1, 3]).unwrap();
    let class = net.graph.sum_all(class).unwrap();
    let gradient = net.graph.gradients(class, &[tokens]).unwrap()[0];
    let (a, d) = (value(&net.graph, &values, tokens), value(&net.graph, &values, gradient));
    let alpha = |k: usize| (1..7).map(|token| d[token * 12 + k]).sum::<f64>() / 6.0;
    let want: Vec<_> =
        (1..7).map(|token| (0..12).map(|k| alpha(k) * a[token * 12 + k]).sum::<f64>().max(0.0)).collect();
    assert!(want.iter().any(|&v| v > 0.0), "{want:?}");
    let scale: Vec<_> =
        (1..7).map(|token| (0..12).map(|k| (alpha(k) * a[token * 12 + k]).abs()).sum::<f64>()).collect();
    for engine in engines() {
        let mut variables = Variables::new(engine);
        for (name, shape) in build().0.kept() {
            variables.set(name, shape, &noise_of_name(name, shape.count(), 0.4)).unwrap();
        }
        let (net, logits) = build();
        let cam = Cam::of(net, logits, &variables).unwrap().unwrap();
        let got = cam.maps(&slice, &[2]).unwrap();
        assert_eq!(got[0].size, [2, 3]);
        close(&got[0].values, &want, &scale, 512.0);
    }
}

/// A network that looks at rows 0..4 and columns 4..8 of a slice of 8 x 16, and at nothing else.
fn corner(engine: &Engine) -> Predictor {
    let mut g = Graph::new();
    let x = g.input("slices", [16, 1, 8, 16]).unwrap();
    let part = g.slice(x, &[0, 0, 0, 4], &[16, 1, 4, 8]).unwrap();
    let flat = g.reshape(part, [16, 16]).unwrap();
    let mean = g.reduce(tunevote::shape::Reduction::Mean, flat, &[1]).unwrap();
    let column = g.reshape(mean, [16, 1]).unwrap();
    let scale = g.data(&[4.0, -4.0], [1, 2]).unwrap();
    let logits = g.matmul(column, scale).unwrap();
    let probabilities = g.softmax(logits).unwrap();
    g.output("probabilities", probabilities).unwrap();
    Predictor::of(Plan::new(&g, &Variables::new(engine), PlanOptions::default()).unwrap()).unwrap()
}

#[test]
fn covering_finds_the_place_and_trust_tells_it_from_others() {
    let engine = &engines()[0];
    let predictor = corner(engine);
    let cells = Cells::new([8, 16], 4);
    assert_eq!(cells.size(), [4, 4]);
    // Bright where the network looks, dark elsewhere, with some noise.
    let slice: Vec<f32> = noise(128, 3)
        .iter()
        .enumerate()
        .map(|(at, v)| 0.1 * v + if at / 16 < 4 && (4..8).contains(&(at % 16)) { 1.0 } else { -0.2 })
        .collect();
    let map = occlude(&predictor, &cells, &slice, 0).unwrap();
    let inside = |cell: usize| cell / 4 < 2 && cell % 4 == 1;
    for (cell, &missed) in map.values.iter().enumerate() {
        assert!(if inside(cell) { missed > 1e-3 } else { missed.abs() < 1e-6 }, "cell {cell}: {missed}");
    }
    let trust = |map: &Map, seed| Trust::new(&predictor, &cells, &slice, 0, map, 19, seed).unwrap();
    let good: Vec<_> = (0..3).map(|seed| trust(&map, seed)).collect();
    let verdict = Verdict::of(&good).unwrap();
    assert!(verdict.map.deletion < verdict.random.deletion && verdict.map.insertion > verdict.random.insertion);
    // A map of so few cells is itself again when it is moved by nothing.
    assert!(verdict.chance.iter().all(|&chance| chance < 0.05), "{verdict:?}");
    // The same map turned over says the opposite, and one that says nothing is one of many.
    let opposite = Map::new(map.size, map.values.iter().map(|v| -v).collect());
    let verdict = Verdict::of(&[trust(&opposite, 1)]).unwrap();
    assert!(verdict.chance.iter().all(|&chance| chance > 0.5), "{verdict:?}");
    let flat =
        Verdict::of(&(0..5).map(|seed| trust(&Map::new([4, 4], vec![1.0; 16]), seed)).collect::<Vec<_>>()).unwrap();
    assert!(flat.chance.iter().all(|&chance| chance > 0.02), "{flat:?}");
}

#[test]
fn a_page_tells_why() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    let list = std::fs::read_to_string(songs.join("truth.csv")).unwrap();
    let song = songs.join(list.lines().nth(1).unwrap().split(',').next().unwrap());
    let page = folder.path().join("why.html");
    let (song, out) = (song.to_str().unwrap(), page.to_str().unwrap());
    let run = |more: &[&str]| tunevote(&[&["explain", song, "-o", out, "--ask", "1", "--others", "3"], more].concat());
    let output =
        run(&["--json", "--min-share", "0.01", "--min-kept", "1", "--min-kept-fraction", "0", "--min-confidence", "0"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = &rows(&output)[0];
    let genre = told["class"].as_str().unwrap();
    assert_eq!(told["record"]["genre"], genre);
    for map in ["grad_cam", "occlusion"] {
        assert_eq!(told[map]["slices"], 1);
        let chance = told[map]["chance"][0].as_f64().unwrap();
        assert!([0.25, 0.5, 0.75, 1.0].iter().any(|wanted| (chance - wanted).abs() < 1e-9), "{chance}");
    }
    let html = std::fs::read_to_string(&page).unwrap();
    let total = told["record"]["slices"]["total"].as_u64().unwrap() as usize;
    assert_eq!(html.matches("<a href=\"#s").count(), total);
    assert_eq!(html.matches("class=\"said\"").count(), total);
    assert_eq!(html.matches("data:image/png;base64,").count(), 2 + 3);
    assert!(html.contains(&format!("is {genre}</h1>")) && html.contains("kHz") && html.contains("minutes:seconds"));
    assert!(!html.contains("<script"), "a page needs no scripts");
    // The same song, unclassified; and the same page again.
    let again = run(&["--min-share", "1", "--min-confidence", "0.999999"]);
    assert!(again.status.success());
    assert!(text(&again.stdout).starts_with("unclassified ("), "{}", text(&again.stdout));
    assert!(std::fs::read_to_string(&page).unwrap().contains("stays unclassified, and what speaks for"));
}

#[test]
fn what_cannot_be_explained_is_told() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("short.wav"), wav(1, 22_050, 22_050, samples)).unwrap();
    std::fs::write(at("letter.mp3"), "no song".repeat(99)).unwrap();
    let refused = |song: &str, problem: &str| {
        let output = tunevote(&["explain", song, "-o", &at("why.html")]);
        assert_eq!(output.status.code(), Some(2), "{song}");
        assert!(text(&output.stderr).contains(problem), "{}", text(&output.stderr));
        assert!(!std::path::Path::new(&at("why.html")).exists());
    };
    refused(&at("short.wav"), "is shorter than one slice");
    refused(&at("letter.mp3"), "letter.mp3");
    refused(&at("missing.mp3"), "missing.mp3");
    refused(folder.path().to_str().unwrap(), "one song is explained at a time");
    refused(fixture("ac3.mp4").to_str().unwrap(), "ac3.mp4");
    let song = at("short.wav");
    let onto = tunevote(&["explain", &song, "-o", &song]);
    assert_eq!(onto.status.code(), Some(2));
}
