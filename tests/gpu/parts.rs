//! Tensors that one binding cannot hold: the same numbers as of a whole, on a device that binds 64 KiB at once.

use std::sync::OnceLock;

use tunevote::doctor::cases::gemm::gemm;
use tunevote::gpu::{AdapterKind, Engine, Recorder, Tensor};
use tunevote::kernels::batch_norm::{
    batch_norm_apply, batch_norm_grad_input, batch_norm_grad_sums, batch_norm_scratch, batch_norm_stats,
};
use tunevote::kernels::conv2d::{self, Epilogue};
use tunevote::kernels::conv2d_grad_weight::{conv2d_grad_weight, conv2d_grad_weight_scratch};
use tunevote::kernels::layer_norm::{
    layer_norm, layer_norm_grad_input, layer_norm_grad_sums, layer_norm_scratch, layer_norm_stats,
};
use tunevote::kernels::reduce::{reduce, reduce_scratch};
use tunevote::kernels::{Scratch, dropout, optim, pointwise, pool2d, softmax};
use tunevote::reference::gemm::Product;
use tunevote::shape::{Binary, Conv2d, Optimiser, Padding, Pool2d, Reduction, Shape, Unary};
use tunevote::{Error, Result};

use crate::harness::{close, engines, limited, noise, run_on, wide};

fn small() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| limited(64 << 10))
}

/// Both engines give the same bits, the small one in several dispatches.
fn same(
    inputs: &[(&[usize], &[f32])],
    outputs: &[&[usize]],
    kernel: impl Fn(&mut Recorder, &[Tensor], &[Tensor]) -> Result<()>,
) {
    same_from(small(), 1, inputs, outputs, kernel);
}

/// The same where the whole takes `whole` dispatches, and on another small device.
fn same_from(
    small: &Engine,
    whole: usize,
    inputs: &[(&[usize], &[f32])],
    outputs: &[&[usize]],
    kernel: impl Fn(&mut Recorder, &[Tensor], &[Tensor]) -> Result<()>,
) {
    let bits = |engine: &Engine| -> Vec<u32> {
        run_on(engine, inputs, outputs, &kernel).concat().iter().map(|v| v.to_bits()).collect()
    };
    let dispatches = |engine: &Engine| {
        let inputs: Vec<_> = inputs.iter().map(|(shape, values)| engine.upload(*shape, values).unwrap()).collect();
        let outputs: Vec<_> = outputs.iter().map(|shape| engine.tensor(*shape).unwrap()).collect();
        let mut recorder = Recorder::new(engine);
        kernel(&mut recorder, &inputs, &outputs).unwrap();
        recorder.finish().unwrap().len()
    };
    assert_eq!(dispatches(&engines()[1]), whole);
    assert!(dispatches(small) > whole, "nothing was cut");
    assert!(bits(&engines()[1]) == bits(small), "the parts are not the whole");
}

// 64 KiB are 16,384 numbers; a part of single numbers is whole in 64.
const LONG: usize = 50_003;

#[test]
fn functions_of_one_number() {
    let x = noise(LONG, 1);
    same(&[(&[LONG], &x)], &[&[LONG]], |rec, x, y| {
        pointwise::unary(rec, &x[0], &y[0], &[Unary::Square, Unary::Affine(2.0, 1.0)])
    });
    same(&[], &[&[LONG]], |rec, _, y| pointwise::fill(rec, &y[0], 0.25));
}

#[test]
fn functions_of_two_numbers_broadcast() {
    let rows: [([usize; 4], [usize; 4]); 5] = [
        ([5, 8, 25, 40], [5, 8, 25, 40]),
        ([5, 8, 25, 40], [1, 8, 1, 1]),
        ([256, 2, 5, 8], [256, 1, 5, 1]),
        ([1, 1, 400, 99], [1, 1, 400, 1]),
        ([1, 7, 80, 64], [1, 1, 1, 64]),
    ];
    for (large, little) in rows {
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        let (a, b) = (noise(count(&large), 1), noise(count(&little), 2));
        let y = Shape::from(large);
        for swap in [false, true] {
            same(&[(&large, &a), (&little, &b)], &[y.dims()], |rec, x, y| {
                let (a, b) = if swap { (&x[1], &x[0]) } else { (&x[0], &x[1]) };
                pointwise::binary(rec, a, b, &y[0], Binary::Sub)
            });
        }
    }
    // One that lacks the leading axes.
    let (a, b) = (noise(LONG * 2, 3), noise(2, 4));
    same(&[(&[LONG, 2], &a), (&[2], &b)], &[&[LONG, 2]], |rec, x, y| {
        pointwise::binary(rec, &x[0], &x[1], &y[0], Binary::Mul)
    });
}

/// Images of a whole chunk of 1,024 numbers, of four in a chunk, and of no whole number of fours.
#[test]
fn batch_norm() {
    const EPS: f32 = 1e-3;
    for (n, c, s) in [(20, 3, 1024), (90, 3, 256), (2049, 1, 9)] {
        let x = noise(n * c * s, 1);
        let dy = noise(n * c * s, 2);
        let dims = [n, c, s];
        let scratch = batch_norm_scratch(&dims.into()).unwrap()[0].len;
        let scratch = |rec: &Recorder| rec.engine().tensor([scratch]);
        let (stats, weight, bias) = ([noise(c, 3), vec![0.5; c]].concat(), noise(c, 4), noise(c, 5));
        same_from(small(), 2, &[(&dims, &x)], &[&[2, c]], |rec, x, y| {
            let scratch = scratch(rec)?;
            batch_norm_stats(rec, &x[0], &y[0], &[scratch])
        });
        same_from(small(), 2, &[(&dims, &x), (&[2, c], &stats), (&dims, &dy)], &[&[2, c]], |rec, x, y| {
            let scratch = scratch(rec)?;
            batch_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], &y[0], EPS, &[scratch])
        });
        let inputs: [(&[usize], &[f32]); 4] = [(&dims, &x), (&[2, c], &stats), (&[c], &weight), (&[c], &bias)];
        same(&inputs, &[&dims], |rec, x, y| batch_norm_apply(rec, [&x[0], &x[1], &x[2], &x[3]], &y[0], EPS));
        let inputs: [(&[usize], &[f32]); 5] =
            [(&dims, &x), (&[2, c], &stats), (&[c], &weight), (&[2, c], &stats), (&dims, &dy)];
        same(&inputs, &[&dims], |rec, x, y| {
            batch_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3], &x[4]], &y[0], EPS)
        });
    }
}

/// Rows of whole fours and not; chunks of 64 of them.
#[test]
fn layer_norms() {
    const EPS: f32 = 1e-3;
    for (rows, n) in [(640, 96), (700, 65)] {
        let (x, dy) = (noise(rows * n, 1), noise(rows * n, 2));
        let (gamma, beta) = (noise(n, 3), noise(n, 4));
        let stats: Vec<f32> = (0..2 * rows).map(|i| 0.5 + (i % 3) as f32).collect();
        let dims = [rows, n];
        let inputs: [(&[usize], &[f32]); 3] = [(&dims, &x), (&[n], &gamma), (&[n], &beta)];
        same(&inputs, &[&dims], |rec, x, y| layer_norm(rec, [&x[0], &x[1], &x[2]], &y[0], EPS));
        same(&[(&dims, &x)], &[&[rows, 2]], |rec, x, y| layer_norm_stats(rec, &x[0], &y[0], EPS));
        let inputs: [(&[usize], &[f32]); 4] = [(&dims, &x), (&[rows, 2], &stats), (&[n], &gamma), (&dims, &dy)];
        same(&inputs, &[&dims], |rec, x, y| layer_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3]], &y[0]));
        let inputs: [(&[usize], &[f32]); 3] = [(&dims, &x), (&[rows, 2], &stats), (&dims, &dy)];
        same_from(small(), 2, &inputs, &[&[2, n]], |rec, x, y| {
            let scratch = layer_norm_scratch(x[0].shape())?;
            let scratch: Vec<_> = scratch.iter().map(|one| rec.engine().tensor([one.len])).collect::<Result<_>>()?;
            layer_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], &y[0], &scratch)
        });
    }
}

/// Sums of a bias' gradient, whose images are whole chunks, and of rows.
#[test]
fn reductions() {
    let small = limited(256 << 10);
    for (dims, axes, passes) in [([12, 16, 1024], &[0, 2][..], 2), ([700, 6, 40], &[1, 2], 1)] {
        let x = noise(dims.iter().product(), 1);
        let out: Vec<usize> = (0..3).filter(|axis| !axes.contains(axis)).map(|axis| dims[axis]).collect();
        for kind in [Reduction::Sum, Reduction::Mean, Reduction::Max] {
            same_from(&small, passes, &[(&dims, &x)], &[&out], |rec, x, y| {
                let scratch = reduce_scratch(x[0].shape(), axes)?;
                let scratch: Vec<_> =
                    scratch.iter().map(|scratch| rec.engine().tensor([scratch.len])).collect::<Result<_>>()?;
                reduce(rec, &x[0], &y[0], kind, axes, &scratch)
            });
        }
    }
}

#[test]
fn optimisers() {
    let (w, dw) = (noise(LONG, 1), noise(LONG, 2));
    let words = [0.01, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let adam = Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
    let inputs: [(&[usize], &[f32]); 3] = [(&[LONG], &w), (&[LONG], &dw), (&[8], &words)];
    let run = |engine: &Engine| {
        let [w, dw, words] = inputs.map(|(shape, values)| engine.upload(shape, values).unwrap());
        let slots = [0.0, 0.0].map(|value| engine.upload([LONG], &vec![value; LONG]).unwrap());
        let mut recorder = Recorder::new(engine);
        optim::optimise(&mut recorder, adam, &w, &dw, &slots, &words).unwrap();
        let recording = recorder.finish().unwrap();
        recording.run();
        let values = [&w, &slots[0], &slots[1]].map(|t| tunevote::blocking::wait(engine, engine.read(t)).unwrap());
        (recording.len(), values.concat().iter().map(|v| v.to_bits()).collect::<Vec<_>>())
    };
    let ((one, whole), (many, parts)) = (run(&engines()[1]), run(small()));
    assert!(one == 1 && many > 1);
    assert!(whole == parts, "the parts are not the whole");
}

#[test]
fn pools_by_planes() {
    for (image, pool) in [
        ([3, 5, 40, 48], Pool2d::square(2)),
        ([40, 8, 9, 11], Pool2d { kernel: [3, 2], stride: [2, 3], padding: Padding::Same }),
    ] {
        let [n, c, h, w] = image;
        let ([oh, ow], _) = pool.resolve("test", [h, w]).unwrap();
        let pooled = [n, c, oh, ow];
        let count = |shape: [usize; 4]| shape.iter().product::<usize>();
        let (x, v, dy) = (noise(count(image), 1), noise(count(image), 2), noise(count(pooled), 3));
        same(&[(&image, &x)], &[&pooled], |rec, x, y| pool2d::max_pool2d(rec, &x[0], &y[0], &pool));
        same(&[(&image, &x)], &[&pooled], |rec, x, y| pool2d::avg_pool2d(rec, &x[0], &y[0], &pool));
        same(&[(&image, &x)], &[&pooled, &pooled], |rec, x, y| {
            pool2d::max_pool2d_places(rec, &x[0], &y[0], &y[1], &pool)
        });
        // Of the second row of each window, which lies in the image.
        let second = pool.kernel[1];
        let places: Vec<_> = (0..count(pooled)).map(|i| (second + i % 2) as f32).collect();
        same(&[(&pooled, &places), (&image, &v)], &[&pooled], |rec, x, y| {
            pool2d::max_pool2d_gather(rec, &x[0], &x[1], &y[0], &pool)
        });
        same(&[(&pooled, &places), (&pooled, &dy)], &[&image], |rec, x, y| {
            pool2d::max_pool2d_grad_input(rec, &x[0], &x[1], &y[0], &pool)
        });
        same(&[(&pooled, &dy)], &[&image], |rec, x, y| pool2d::avg_pool2d_grad_input(rec, &x[0], &y[0], &pool));
    }
}

type Run<'a> = &'a dyn Fn(&mut Recorder, &[Tensor], &Tensor) -> Result<()>;

/// Images that are no multiple of what a binding may begin at, with rows of odd, even and vec4 lengths.
#[test]
fn convolutions_by_images() {
    for (image, kernel, stride, o) in [
        ([30, 3, 17, 19], 3, 1, 2),
        ([31, 2, 17, 20], 2, 1, 4),
        ([29, 2, 21, 30], 5, 2, 4),
        ([29, 5, 9, 12], 2, 1, 12),
        ([29, 5, 9, 16], 3, 1, 6),
        ([29, 6, 9, 16], 3, 1, 1),
        ([29, 1, 9, 16], 3, 1, 6),
        // Written out, the windows of one image are more than a binding.
        ([3, 1, 40, 41], 11, 1, 2),
        ([3, 2, 40, 41], 7, 2, 6),
    ] {
        convolved_by_images(AdapterKind::Cpu, image, kernel, stride, (o, 1));
    }
    // Large enough for the tiles that a workgroup shares, with rows that are read as they are and others.
    for (image, kernel, stride, o) in
        [([7, 33, 9, 11], 1, 1, 34), ([7, 33, 9, 12], 1, 1, 34), ([20, 2, 9, 11], 3, 1, 33)]
    {
        convolved_by_images(AdapterKind::Gpu, image, kernel, stride, (o, 1));
    }
    // Channels that do not see each other: parts that begin within an alignment, and volumes that are no whole vec4s.
    for (image, kernel, stride) in
        [([30, 12, 9, 11], 3, 1), ([30, 12, 10, 12], 3, 2), ([50, 5, 9, 11], 3, 1), ([30, 12, 9, 11], 5, 1)]
    {
        for kind in [AdapterKind::Cpu, AdapterKind::Gpu] {
            convolved_by_images(kind, image, kernel, stride, (image[1], image[1]));
        }
    }
}

fn convolved_by_images(
    kind: AdapterKind,
    image: [usize; 4],
    kernel: usize,
    stride: usize,
    (o, groups): (usize, usize),
) {
    let conv = Conv2d { padding: Padding::Same, stride: [stride; 2], groups, ..Conv2d::default() };
    let weight = [o, image[1] / groups, kernel, kernel];
    let out = [image[2], image[3]].map(|extent: usize| extent.div_ceil(stride));
    let y = [image[0], o, out[0], out[1]];
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let (x, w, dy) = (noise(count(&image), 1), noise(count(&weight), 2), noise(count(&y), 3));
    let near = |inputs: &[(&[usize], &[f32])], output: &[usize], terms: f32, run: Run<'_>| {
        let of = |engine: &Engine| run_on(engine, inputs, &[output], |rec, x, y| run(rec, x, &y[0])).concat();
        let [whole, parts] = [&engines()[1], small()].map(|engine| of(&engine.clone().with_kind(kind)));
        close(&parts, &wide(&whole), &vec![f64::from(terms); whole.len()], 8.0);
    };
    let dirty = |rec: &Recorder, scratch: Vec<Scratch>| -> Vec<Tensor> {
        scratch.iter().map(|&Scratch { len, .. }| rec.engine().upload([len], &vec![f32::NAN; len]).unwrap()).collect()
    };
    let terms = (weight[1] * kernel * kernel) as f32;
    near(&[(&image, &x), (&weight, &w)], &y, terms, &|rec, t, y| {
        let scratch = conv2d::conv2d_scratch(rec.engine(), t[0].shape(), t[1].shape(), &conv, Epilogue::default())?;
        let scratch = dirty(rec, scratch);
        conv2d::conv2d(rec, &t[0], &t[1], None, y, None, &conv, Epilogue::default(), &scratch)
    });
    near(&[(&y, &dy), (&weight, &w)], &image, terms, &|rec, t, dx| {
        let scratch = conv2d::conv2d_grad_input_scratch(rec.engine(), dx.shape(), t[1].shape(), &conv)?;
        let scratch = dirty(rec, scratch);
        conv2d::conv2d_grad_input(rec, &t[0], &t[1], dx, &conv, &scratch)
    });
    near(&[(&image, &x), (&y, &dy)], &weight, (image[0] * out[0] * out[1]) as f32, &|rec, t, dw| {
        let scratch = conv2d_grad_weight_scratch(rec.engine(), t[0].shape(), dw.shape(), &conv)?;
        let scratch = dirty(rec, scratch);
        conv2d_grad_weight(rec, &t[0], &t[1], dw, &conv, &scratch)
    });
}

/// Weights of dense layers, whose rows are terms of the sums or columns of what comes out, and their gradients: few rows and many, rows of the
/// weights in fours and not, with what comes behind the sums; sums of splits that begin within an alignment.
#[test]
fn products_by_rows_of_what_is_too_large() {
    let plain = |m, n, k| Product { a_batch: 1, b_batch: 1, m, n, k, transpose_a: false, transpose_b: false };
    let products = [
        plain(9, 20, 1000),
        plain(1, 128, 700),
        plain(5, 31, 3000),
        plain(32, 128, 300),
        Product { transpose_a: true, ..plain(7, 64, 2000) },
        Product { transpose_b: true, ..plain(9, 1000, 20) },
        Product { transpose_b: true, ..plain(1, 901, 63) },
        Product { transpose_b: true, ..plain(33, 300, 100) },
        Product { transpose_a: true, ..plain(1000, 20, 9) },
        Product { transpose_a: true, ..plain(1201, 33, 3) },
        plain(700, 70, 5),
    ];
    for kind in [AdapterKind::Cpu, AdapterKind::Gpu] {
        let [whole, small] = [&engines()[1], small()].map(|engine| engine.clone().with_kind(kind));
        for product in products {
            for (bias, activation) in [(false, None), (true, Some(Unary::Elu(0.7)))] {
                let case = gemm(product, bias, activation);
                let [one, parts] = [&whole, &small].map(|engine| case.run(engine).unwrap());
                assert!(parts.recording.len() > one.recording.len(), "{case}: nothing was cut");
                let (worst, which) = case.compare(&parts.values);
                assert!(worst <= 1.0, "{case}, {kind:?}: {which}");
            }
        }
    }
    // A row that no binding holds, and a batch.
    for (product, what) in [(plain(2, 20_000, 3), "gemm"), (Product { b_batch: 2, ..plain(9, 20, 1000) }, "gemm")] {
        let error = gemm(product, false, None).run(small()).unwrap_err();
        assert!(matches!(&error, Error::Gpu(told) if told.contains(what)), "{error}");
    }
}

#[test]
fn rows_of_softmax_and_cross_entropy() {
    let [n, k] = [4001, 7];
    let shape: &[usize] = &[n, k];
    let (logits, targets, dloss) = (noise(n * k, 1), noise(n * k, 2), noise(n, 3));
    same(&[(shape, &logits)], &[shape], |rec, x, y| softmax::softmax(rec, &x[0], &y[0]));
    same(&[(shape, &logits)], &[shape], |rec, x, y| softmax::log_softmax(rec, &x[0], &y[0]));
    same(&[(shape, &logits), (shape, &targets)], &[&[n]], |rec, x, y| softmax::cross_entropy(rec, &x[0], &x[1], &y[0]));
    same(&[(shape, &logits), (shape, &targets), (&[n], &dloss)], &[shape], |rec, x, y| {
        softmax::cross_entropy_grad_logits(rec, &x[0], &x[1], &x[2], &y[0])
    });
}

#[test]
fn dropout_goes_on_where_a_part_ended() {
    let x = vec![1.0; LONG];
    for part in [0, 3] {
        let seed = [1, 2, 3, 4, 5, 6, 7, part].map(f32::from_bits);
        same(&[(&[LONG], &x), (&[8], &seed)], &[&[LONG]], |rec, x, y| {
            dropout::dropout(rec, &x[0], &x[1], &y[0], 0.6, 9)
        });
    }
}

#[test]
fn a_row_that_no_binding_holds_is_named() {
    let engine = small();
    let [x, y] = [0; 2].map(|_| engine.tensor([2, 20_000]).unwrap());
    let error = softmax::softmax(&mut Recorder::new(engine), &x, &y).unwrap_err();
    assert!(matches!(error, Error::Gpu(_)), "{error}");
    assert!(error.to_string().starts_with("softmax: 2 rows of 20000 numbers"), "{error}");
}
