//! The references of layers against PyTorch: the fixture is made by tools/fixtures/layers.py.

use serde_json::Value;
use tunevote::reference::conv3d::Convolution3d;
use tunevote::reference::recurrent::Sequence;
use tunevote::reference::upsample::Enlarged;
use tunevote::shape::{Conv3d, Padding3d};

use crate::reference::difference::same;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/layers/pytorch.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list")).iter().map(|v| v.as_f64().unwrap()).collect()
}

fn sizes<const N: usize>(value: &Value) -> [usize; N] {
    numbers(value).iter().map(|&v| v as usize).collect::<Vec<_>>().try_into().unwrap()
}

fn given(case: &Value, name: &str) -> Vec<f64> {
    numbers(&case["inputs"][name]["values"])
}

fn gradient(case: &Value, name: &str) -> Vec<f64> {
    numbers(&case["inputs"][name]["gradient"])
}

fn shape<const N: usize>(case: &Value, name: &str) -> [usize; N] {
    sizes(&case["inputs"][name]["shape"])
}

/// Gates (T,N,gates) of what the input gives: `x` (T,N,F) times `weight_ih`, and its bias.
fn from_input(case: &Value) -> Vec<f64> {
    let [_, features] = shape::<2>(case, "weight_ih");
    let (weight, bias) = (given(case, "weight_ih"), given(case, "bias_ih"));
    let rows = given(case, "x");
    let row = |x: &[f64]| {
        let of = |(w, b): (&[f64], &f64)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b;
        weight.chunks(features).zip(&bias).map(of).collect::<Vec<_>>()
    };
    rows.chunks(features).flat_map(row).collect()
}

/// The sums over all steps and rows of what is at each place of a row.
fn summed(rows: &[f64], width: usize) -> Vec<f64> {
    (0..width).map(|k| rows.iter().skip(k).step_by(width).sum()).collect()
}

fn sequence(case: &Value) -> Sequence {
    let [steps, n, units] = sizes(&case["shape"]);
    Sequence { steps, n, units }
}

#[test]
fn plain_cells() {
    let all = fixture();
    let case = &all["rnn"];
    let (s, gates) = (sequence(case), from_input(case));
    let (start, weight, bias) = (given(case, "start0"), given(case, "weight_hh"), given(case, "bias_hh"));
    let y = s.rnn(&gates, &start, &weight, &bias);
    same(&y, &numbers(&case["y"]), 1e-12);
    let d = s.rnn_grad_gates([&y, &weight, &numbers(&case["dy"])]);
    let u = s.units;
    let part = |rows: &[f64], which: usize| {
        rows.chunks(2 * u).flat_map(|row| row[which * u..][..u].to_vec()).collect::<Vec<_>>()
    };
    for bias in ["bias_ih", "bias_hh"] {
        same(&summed(&part(&d, 0), u), &gradient(case, bias), 1e-12);
    }
    same(&part(&d[..s.n * 2 * u], 1), &gradient(case, "start0"), 1e-12);
}

#[test]
fn gated_units() {
    let all = fixture();
    let case = &all["gru"];
    let (s, gates) = (sequence(case), from_input(case));
    let (start, weight, bias) = (given(case, "start0"), given(case, "weight_hh"), given(case, "bias_hh"));
    let y = s.gru(&gates, &start, &weight, &bias);
    same(&y, &numbers(&case["y"]), 1e-12);
    let hidden = s.hidden(&y, &start, &weight, &bias);
    let d = s.gru_grad_gates([&gates, &hidden, &y, &start, &weight, &numbers(&case["dy"])]);
    let u = s.units;
    let of_gates: Vec<_> = d.chunks(5 * u).flat_map(|row| row[..3 * u].to_vec()).collect();
    same(&summed(&of_gates, 3 * u), &gradient(case, "bias_ih"), 1e-12);
    let of_hidden: Vec<_> = d.chunks(5 * u).flat_map(|row| [&row[..2 * u], &row[3 * u..4 * u]].concat()).collect();
    same(&summed(&of_hidden, 3 * u), &gradient(case, "bias_hh"), 1e-12);
    let of_start: Vec<_> = d[..s.n * 5 * u].chunks(5 * u).flat_map(|row| row[4 * u..].to_vec()).collect();
    same(&of_start, &gradient(case, "start0"), 1e-12);
}

#[test]
fn memories() {
    let all = fixture();
    let case = &all["lstm"];
    let (s, gates) = (sequence(case), from_input(case));
    let u = s.units;
    let pairs =
        |h: &[f64], c: &[f64]| h.chunks(u).zip(c.chunks(u)).flat_map(|(h, c)| [h, c].concat()).collect::<Vec<_>>();
    let (h, start) = (given(case, "start0"), pairs(&given(case, "start0"), &given(case, "start1")));
    let (weight, bias) = (given(case, "weight_hh"), given(case, "bias_hh"));
    let y = s.lstm(&gates, &start, &weight, &bias);
    let shown: Vec<_> = y.chunks(2 * u).flat_map(|row| row[..u].to_vec()).collect();
    same(&shown, &numbers(&case["y"]), 1e-12);
    let hidden = s.hidden(&shown, &h, &weight, &bias);
    let whole: Vec<_> = gates.iter().zip(&hidden).map(|(g, u)| g + u).collect();
    let dy = pairs(&numbers(&case["dy"]), &vec![0.0; shown.len()]);
    let d = s.lstm_grad_gates([&whole, &y, &start, &weight, &dy]);
    let of_gates: Vec<_> = d.chunks(6 * u).flat_map(|row| row[..4 * u].to_vec()).collect();
    same(&summed(&of_gates, 4 * u), &gradient(case, "bias_hh"), 1e-12);
    let first = &d[..s.n * 6 * u];
    let part = |from: usize| first.chunks(6 * u).flat_map(|row| row[from * u..][..u].to_vec()).collect::<Vec<_>>();
    same(&part(4), &gradient(case, "start0"), 1e-12);
    same(&part(5), &gradient(case, "start1"), 1e-12);
}

fn holds(case: &Value, convolution: Convolution3d, backwards: bool) {
    let (x, weight, dy) = (given(case, "x"), given(case, "weight"), numbers(&case["dy"]));
    let y = if backwards { convolution.grad_input(&x, &weight) } else { convolution.forward(&x, &weight) };
    same(&y, &numbers(&case["y"]), 1e-12);
    let dx = if backwards { convolution.forward(&dy, &weight) } else { convolution.grad_input(&dy, &weight) };
    same(&dx, &gradient(case, "x"), 1e-12);
    let dw = if backwards { convolution.grad_weight(&dy, &x) } else { convolution.grad_weight(&x, &dy) };
    same(&dw, &gradient(case, "weight"), 1e-12);
}

#[test]
fn convolutions_of_volumes() {
    let all = fixture();
    for case in all["conv3d"].as_array().unwrap() {
        let padding = Padding3d::Explicit(
            case["padding"].as_array().unwrap().iter().map(sizes).collect::<Vec<_>>().try_into().unwrap(),
        );
        let groups = case["groups"].as_u64().unwrap() as usize;
        let conv = Conv3d { stride: sizes(&case["stride"]), dilation: sizes(&case["dilation"]), padding, groups };
        holds(case, Convolution3d { x: shape(case, "x"), weight: shape(case, "weight"), conv }, false);
    }
    // A transposed one is the gradient of a convolution's input: what comes out is that convolution's x.
    for case in all["conv_transpose3d"].as_array().unwrap() {
        let conv = Conv3d { stride: sizes(&case["stride"]), ..Conv3d::default() };
        holds(case, Convolution3d { x: sizes(&case["shape"]), weight: shape(case, "weight"), conv }, true);
    }
}

#[test]
fn enlarged_images() {
    for case in fixture()["upsample2d"].as_array().unwrap() {
        let [n, c, h, w] = shape(case, "x");
        let linear = case["linear"].as_bool().unwrap();
        let enlarged = Enlarged { image: [h, w], factor: sizes(&case["factor"]), linear };
        same(&enlarged.upsample2d(&given(case, "x"), n * c), &numbers(&case["y"]), 1e-12);
        same(&enlarged.upsample2d_grad_input(&numbers(&case["dy"]), n * c), &gradient(case, "x"), 1e-12);
    }
}
