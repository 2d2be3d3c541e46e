//! The shape that each operation gives, and what it says where it cannot.

use std::sync::Arc;

use tunevote::graph::{Banded, Diagonal, Diagonals, Graph, Op, Optimiser, Stft, StftPadding, Update};
use tunevote::shape::{Binary, Conv2d, Padding, Pool2d, Reduction, Unary};

fn infer(op: &Op, inputs: &[&[usize]]) -> Result<Vec<usize>, String> {
    let mut g = Graph::new();
    let ids: Vec<_> = inputs.iter().enumerate().map(|(k, dims)| g.input(format!("x{k}"), *dims).unwrap()).collect();
    let y = g.add(op.clone(), &ids).map_err(|error| error.to_string())?;
    Ok(g.shape(y).dims().to_vec())
}

fn gives(op: Op, inputs: &[&[usize]], want: &[usize]) {
    assert_eq!(infer(&op, inputs), Ok(want.to_vec()), "{op:?} of {inputs:?}");
}

fn refuses(op: Op, inputs: &[&[usize]], want: &str) {
    assert_eq!(infer(&op, inputs), Err(want.to_owned()), "{op:?} of {inputs:?}");
}

fn matmul(transpose_a: bool, transpose_b: bool) -> Op {
    Op::Matmul { transpose_a, transpose_b }
}

#[test]
fn pointwise_and_movement() {
    gives(Op::Unary(Unary::Exp), &[&[2, 3]], &[2, 3]);
    refuses(Op::Unary(Unary::Exp), &[&[2], &[2]], "unary: inputs should be 1, but is 2");
    gives(Op::Unary(Unary::Elu(0.0)), &[&[2, 3]], &[2, 3]);
    for (number, text) in [(-0.5, "-0.5"), (f32::NAN, "NaN")] {
        let want = format!("unary: the slope below 0 should not be negative, is {text}");
        refuses(Op::Unary(Unary::Elu(number)), &[&[2]], &want);
        refuses(Op::Unary(Unary::LeakyRelu(number)), &[&[2]], &want);
    }
    gives(Op::Binary(Binary::Add), &[&[2, 1, 5], &[3, 1]], &[2, 3, 5]);
    refuses(Op::Binary(Binary::Add), &[&[2, 3], &[2]], "binary: b should be to broadcast with (2, 3), but is (2)");
    gives(Op::Reshape([6, 1].into()), &[&[2, 3]], &[6, 1]);
    refuses(Op::Reshape([5].into()), &[&[2, 3]], "reshape: shape should be 6 elements, but is (5)");
    gives(Op::Transpose(vec![2, 0, 1]), &[&[2, 3, 4]], &[4, 2, 3]);
    for axes in [vec![0], vec![0, 0], vec![0, 2], vec![0, 1, 2]] {
        let want = format!("transpose: axes should be each axis of (2, 3) once, but is {axes:?}");
        refuses(Op::Transpose(axes), &[&[2, 3]], &want);
    }
    let slice = |begin: &[usize], end: &[usize]| Op::Slice { begin: begin.to_vec(), end: end.to_vec() };
    gives(slice(&[0, 1], &[2, 3]), &[&[2, 3]], &[2, 2]);
    for (begin, end) in
        [(&[0, 1][..], &[2, 4][..]), (&[0, 2], &[2, 1]), (&[0, 2], &[2, 2]), (&[0], &[2, 3]), (&[0, 0], &[2])]
    {
        let want =
            format!("slice: ranges should be ranges inside (2, 3) that are not empty, but is {begin:?}..{end:?}");
        refuses(slice(begin, end), &[&[2, 3]], &want);
    }
    let pad = |before: &[usize], after: &[usize]| Op::Pad { before: before.to_vec(), after: after.to_vec() };
    gives(pad(&[0, 2], &[1, 3]), &[&[2, 3]], &[3, 8]);
    refuses(pad(&[0], &[1, 3]), &[&[2, 3]], "pad: before, after should be 2 axes, but is 1 and 2");
    refuses(pad(&[0, 1], &[3]), &[&[2, 3]], "pad: before, after should be 2 axes, but is 2 and 1");
    gives(Op::Concat(1), &[&[2, 3], &[2, 1]], &[2, 4]);
    refuses(Op::Concat(1), &[&[2, 3], &[3, 1]], "concat: inputs should be like (2, 3) but for axis 1, but is (3, 1)");
    refuses(Op::Concat(1), &[&[2, 3], &[2]], "concat: inputs should be like (2, 3) but for axis 1, but is (2)");
    refuses(Op::Concat(2), &[&[2, 3]], "concat: axis should be less than 2, but is 2");
    refuses(Op::Concat(0), &[], "concat: inputs should be at least 1, but is 0");
    gives(Op::Expand([2, 3, 4].into()), &[&[3, 1]], &[2, 3, 4]);
    let narrow = "expand: shape should be a shape that (3, 4) broadcasts to, but is (3, 1)";
    refuses(Op::Expand([3, 1].into()), &[&[3, 4]], narrow);
    gives(Op::Reduce(Reduction::Max, vec![0, 2]), &[&[2, 3, 4]], &[3]);
    gives(Op::Reduce(Reduction::Max, vec![0, 1]), &[&[2, 3]], &[]);
    for axes in [vec![1, 0], vec![0, 0], vec![2]] {
        let want = format!("reduce: axes should be ascending axes of (2, 3), but is {axes:?}");
        refuses(Op::Reduce(Reduction::Sum, axes), &[&[2, 3]], &want);
    }
}

#[test]
fn products() {
    gives(matmul(false, false), &[&[2, 3], &[3, 5]], &[2, 5]);
    gives(matmul(true, false), &[&[3, 2], &[3, 5]], &[2, 5]);
    gives(matmul(false, true), &[&[7, 2, 3], &[5, 3]], &[7, 2, 5]);
    gives(matmul(true, true), &[&[1, 3, 2], &[7, 5, 3]], &[7, 2, 5]);
    gives(matmul(false, false), &[&[2, 3], &[7, 3, 5]], &[7, 2, 5]);
    refuses(
        matmul(false, false),
        &[&[2, 3], &[5, 3]],
        "matmul: b should be 3 along the axis that is summed, but is (5, 3)",
    );
    refuses(
        matmul(false, false),
        &[&[2, 2, 3], &[4, 3, 5]],
        "matmul: b should be as many matrices as a, (2, 2, 3), but is (4, 3, 5)",
    );
    refuses(matmul(false, false), &[&[3], &[3, 5]], "matmul: a should be a tensor of 2 or 3 axes, but is (3)");
    let matrix = Arc::new(Banded::new(3, 5, vec![0.0; 15]).unwrap());
    gives(Op::Banded(Arc::clone(&matrix), false), &[&[2, 5, 7]], &[2, 3, 7]);
    gives(Op::Banded(Arc::clone(&matrix), true), &[&[2, 3, 7]], &[2, 5, 7]);
    refuses(Op::Banded(matrix, false), &[&[2, 3, 7]], "banded_matmul: x should be (2, 5, 7), but is (2, 3, 7)");
    let few = Banded::new(3, 5, vec![0.0; 14]).unwrap_err().to_string();
    assert_eq!(few, "banded: values should be 15, but is 14");
    let sum = |rows, from| Diagonals::new(vec![Diagonal { rows, from }; 2], 9, 4);
    let sums = Arc::new(sum(3, 3).unwrap());
    gives(Op::DiagonalSum(Arc::clone(&sums), false), &[&[2, 6, 9]], &[2, 2, 4]);
    gives(Op::DiagonalSum(Arc::clone(&sums), true), &[&[2, 2, 4]], &[2, 6, 9]);
    refuses(Op::DiagonalSum(sums, false), &[&[2, 5, 9]], "diagonal_sum: x should be (2, 6, 9), but is (2, 5, 9)");
    let refused = sum(3, 4).unwrap_err().to_string();
    assert!(refused.contains("inside 9 columns") && refused.contains("3 from column 4 on"), "{refused}");
    assert!(sum(0, 0).is_err() && Diagonals::new(Vec::new(), 9, 4).is_err());
}

#[test]
fn windows() {
    let same = Conv2d { padding: Padding::Same, stride: [2, 3], ..Conv2d::default() };
    gives(Op::Conv2d(same), &[&[2, 4, 7, 9], &[6, 4, 3, 2]], &[2, 6, 4, 3]);
    gives(Op::Conv2dGradInput(same, [7, 9]), &[&[2, 6, 4, 3], &[6, 4, 3, 2]], &[2, 4, 7, 9]);
    gives(Op::Conv2dGradWeight(same, [3, 2]), &[&[2, 4, 7, 9], &[2, 6, 4, 3]], &[6, 4, 3, 2]);
    let groups = |groups| Conv2d { groups, ..Conv2d::default() };
    gives(Op::Conv2d(groups(2)), &[&[2, 4, 7, 9], &[6, 2, 3, 2]], &[2, 6, 5, 8]);
    gives(Op::Conv2dGradInput(groups(2), [7, 9]), &[&[2, 6, 5, 8], &[6, 2, 3, 2]], &[2, 4, 7, 9]);
    gives(Op::Conv2dGradWeight(groups(2), [3, 2]), &[&[2, 4, 7, 9], &[2, 6, 5, 8]], &[6, 2, 3, 2]);
    let uneven =
        "conv2d: weight should be channels that 3 groups divide (4 in, 6 out), but is 2 input channels a group";
    refuses(Op::Conv2d(groups(3)), &[&[2, 4, 7, 9], &[6, 2, 3, 2]], uneven);
    let many = "conv2d: weight should be channels that 1 groups divide (4 in, 6 out), but is 3 input channels a group";
    refuses(Op::Conv2d(groups(1)), &[&[2, 4, 7, 9], &[6, 3, 3, 2]], many);
    let none = "conv2d: weight should be channels that 0 groups divide (4 in, 6 out), but is 4 input channels a group";
    refuses(Op::Conv2d(groups(0)), &[&[2, 4, 7, 9], &[6, 4, 3, 2]], none);
    refuses(Op::Conv2d(same), &[&[4, 7, 9], &[6, 4, 3, 2]], "conv2d: x should be a tensor of 4 axes, but is (4, 7, 9)");
    let small = "conv2d: a window of 3 does not fit a padded side of 2";
    refuses(Op::Conv2d(groups(1)), &[&[1, 1, 2, 9], &[1, 1, 3, 2]], small);
    let zero = Conv2d { stride: [0, 1], ..Conv2d::default() };
    let nothing = "conv2d: sizes, strides and dilations should be at least 1";
    refuses(Op::Conv2d(zero), &[&[1, 1, 2, 9], &[1, 1, 2, 2]], nothing);
    refuses(
        Op::Conv2dGradInput(same, [8, 10]),
        &[&[2, 6, 4, 3], &[6, 4, 3, 2]],
        "conv2d_grad_input: dy should be (2, 6, 4, 4), but is (2, 6, 4, 3)",
    );
    refuses(
        Op::Conv2dGradWeight(same, [3, 2]),
        &[&[2, 4, 7, 9], &[1, 6, 4, 3]],
        "conv2d_grad_weight: dy should be (2, 6, 4, 3), but is (1, 6, 4, 3)",
    );
    let pool = Pool2d { kernel: [3, 2], stride: [2, 2], padding: Padding::Same };
    for op in [Op::MaxPool2d(pool), Op::MaxPool2dPlaces(pool), Op::AvgPool2d(pool)] {
        gives(op, &[&[2, 4, 7, 9]], &[2, 4, 4, 5]);
    }
    gives(Op::MaxPool2dGradInput(pool, [7, 9]), &[&[2, 4, 4, 5], &[2, 4, 4, 5]], &[2, 4, 7, 9]);
    gives(Op::MaxPool2dGather(pool), &[&[2, 4, 4, 5], &[2, 4, 7, 9]], &[2, 4, 4, 5]);
    gives(Op::AvgPool2dGradInput(pool, [7, 9]), &[&[2, 4, 4, 5]], &[2, 4, 7, 9]);
    refuses(
        Op::MaxPool2dGradInput(pool, [7, 9]),
        &[&[2, 4, 4, 5], &[2, 4, 7, 9]],
        "max_pool2d_grad_input: dy should be (2, 4, 4, 5), but is (2, 4, 7, 9)",
    );
    refuses(
        Op::MaxPool2dGather(pool),
        &[&[2, 4, 4, 4], &[2, 4, 7, 9]],
        "max_pool2d_gather: places should be (2, 4, 4, 5), but is (2, 4, 4, 4)",
    );
    refuses(
        Op::AvgPool2dGradInput(pool, [7, 9]),
        &[&[2, 4, 4, 4]],
        "avg_pool2d_grad_input: dy should be (2, 4, 4, 5), but is (2, 4, 4, 4)",
    );
    let wide = Pool2d { padding: Padding::Explicit([0, 0, 2, 0]), ..pool };
    refuses(Op::MaxPool2d(wide), &[&[1, 1, 7, 9]], "max_pool2d: padding should be smaller than the window");
}

/// `([out height, out width], [top, bottom, left, right])` by hand.
#[test]
fn padding_of_windows() {
    let conv = |padding, stride, dilation, groups| Conv2d { padding, stride, dilation, groups };
    for (conv, image, kernel, out, pads) in [
        // ceil(in / stride) outputs; what is odd goes to the right and the bottom.
        (conv(Padding::Same, [1, 1], [1, 1], 1), [2, 3], [2, 4], [2, 3], [0, 1, 1, 2]),
        (conv(Padding::Same, [2, 2], [1, 1], 1), [7, 6], [3, 3], [4, 3], [1, 1, 0, 1]),
        (conv(Padding::Same, [3, 1], [1, 2], 1), [5, 5], [1, 3], [2, 5], [0, 0, 2, 2]),
        (conv(Padding::Valid, [2, 3], [2, 1], 1), [7, 9], [3, 2], [2, 3], [0; 4]),
        (conv(Padding::Explicit([1, 2, 3, 0]), [1, 2], [2, 3], 1), [5, 6], [2, 2], [6, 3], [1, 2, 3, 0]),
    ] {
        assert_eq!(conv.resolve("conv2d", image, kernel).unwrap(), (out, pads), "{conv:?} {image:?}");
    }
    let pool = Pool2d { kernel: [2, 2], stride: [2, 2], padding: Padding::Same };
    assert_eq!(pool.resolve("pool", [3, 4]).unwrap(), ([2, 2], [0, 1, 0, 0]));
}

#[test]
fn normalisation() {
    for op in [Op::Softmax, Op::LogSoftmax] {
        gives(op.clone(), &[&[2, 3]], &[2, 3]);
        let want = format!("{}: x should be (…,K), but is ()", op.name());
        refuses(op, &[&[]], &want);
    }
    gives(Op::SoftmaxGrad, &[&[2, 3], &[2, 3]], &[2, 3]);
    refuses(Op::SoftmaxGrad, &[&[2, 3], &[3]], "softmax_grad_input: dy should be (2, 3), but is (3)");
    refuses(Op::SoftmaxGrad, &[&[], &[]], "softmax_grad_input: y should be (…,K), but is ()");
    gives(Op::LayerNorm(1e-5), &[&[2, 3, 4], &[4], &[4]], &[2, 3, 4]);
    refuses(Op::LayerNorm(1e-5), &[&[2, 3], &[2], &[3]], "layer_norm: gamma should be (3), but is (2)");
    refuses(Op::LayerNorm(1e-5), &[&[2, 3], &[3], &[2]], "layer_norm: beta should be (3), but is (2)");
    refuses(Op::LayerNorm(1e-5), &[&[], &[], &[]], "layer_norm: x should be (…,N), but is ()");
    gives(Op::LayerNormStats(1e-5), &[&[2, 3, 4]], &[2, 3, 2]);
    gives(Op::LayerNormGradInput, &[&[2, 3], &[2, 2], &[3], &[2, 3]], &[2, 3]);
    refuses(
        Op::LayerNormGradInput,
        &[&[2, 3], &[2, 3], &[3], &[2, 3]],
        "layer_norm_grad_input: stats should be (2, 2), but is (2, 3)",
    );
    refuses(
        Op::LayerNormGradInput,
        &[&[2, 3], &[2, 2], &[2], &[2, 3]],
        "layer_norm_grad_input: gamma should be (3), but is (2)",
    );
    refuses(
        Op::LayerNormGradInput,
        &[&[2, 3], &[2, 2], &[3], &[3]],
        "layer_norm_grad_input: dy should be (2, 3), but is (3)",
    );
    gives(Op::LayerNormGradSums, &[&[5, 2, 3], &[5, 2, 2], &[5, 2, 3]], &[2, 3]);
    refuses(Op::LayerNormGradSums, &[&[2, 3], &[2, 2], &[3]], "layer_norm_grad_sums: dy should be (2, 3), but is (3)");
    gives(Op::CrossEntropy, &[&[2, 3], &[2, 3]], &[2]);
    refuses(Op::CrossEntropy, &[&[2, 3], &[2]], "cross_entropy: targets should be (2, 3), but is (2)");
    refuses(Op::CrossEntropy, &[&[3], &[3]], "cross_entropy: logits should be a tensor of 2 axes, but is (3)");
    gives(Op::CrossEntropyGrad, &[&[2, 3], &[2, 3], &[2]], &[2, 3]);
    let targets = "cross_entropy_grad_logits: targets should be (2, 3), but is (2)";
    refuses(Op::CrossEntropyGrad, &[&[2, 3], &[2], &[2]], targets);
    refuses(
        Op::CrossEntropyGrad,
        &[&[2, 3], &[2, 3], &[3]],
        "cross_entropy_grad_logits: dloss should be (2), but is (3)",
    );
    let x: &[usize] = &[5, 3, 2];
    let (c, pair): (&[usize], &[usize]) = (&[3], &[2, 3]);
    let (norm, sums, input) =
        (Op::BatchNorm { eps: 0.1, training: true }, Op::BatchNormGradSums(0.1), Op::BatchNormGradInput(0.1));
    gives(Op::BatchNormStats, &[x], pair);
    refuses(Op::BatchNormStats, &[&[5]], "batch_norm_stats: x should be (N,C,…), but is (5)");
    gives(norm.clone(), &[x, pair, c, c], x);
    refuses(norm.clone(), &[x, c, c, c], "batch_norm: stats should be (2, 3), but is (3)");
    refuses(norm.clone(), &[x, pair, pair, c], "batch_norm: gamma should be (3), but is (2, 3)");
    refuses(norm, &[x, pair, c, &[2]], "batch_norm: beta should be (3), but is (2)");
    gives(sums.clone(), &[x, pair, x], pair);
    refuses(sums.clone(), &[x, c, x], "batch_norm_grad_sums: stats should be (2, 3), but is (3)");
    refuses(sums, &[x, pair, c], "batch_norm_grad_sums: dy should be (5, 3, 2), but is (3)");
    gives(input.clone(), &[x, pair, c, pair, x], x);
    refuses(input.clone(), &[x, c, c, pair, x], "batch_norm_grad_input: stats should be (2, 3), but is (3)");
    refuses(input.clone(), &[x, pair, pair, pair, x], "batch_norm_grad_input: gamma should be (3), but is (2, 3)");
    refuses(input.clone(), &[x, pair, c, pair, c], "batch_norm_grad_input: dy should be (5, 3, 2), but is (3)");
    refuses(input, &[x, pair, c, c, x], "batch_norm_grad_input: sums should be (2, 3), but is (3)");
    let dropout = |keep| Op::Dropout { keep, salt: 0 };
    gives(dropout(1.0), &[&[2, 3], &[8]], &[2, 3]);
    refuses(dropout(0.5), &[&[2, 3], &[4]], "dropout: seed should be (8), but is (4)");
    for (keep, said) in [(0.0, "0"), (1.5, "1.5"), (f32::NAN, "NaN")] {
        refuses(dropout(keep), &[&[2], &[8]], &format!("dropout: keep should be in (0, 1], is {said}"));
    }
}

#[test]
fn transforms() {
    let stft = Stft { n_fft: 16, hop: 3, start: -4, padding: StftPadding::Zero };
    gives(Op::Stft(stft), &[&[2, 17], &[3, 16], &[6]], &[2, 9, 6, 2]);
    gives(Op::StftGrad(stft, 17), &[&[2, 9, 6, 2], &[3, 16], &[6]], &[2, 17]);
    refuses(Op::Stft(stft), &[&[2, 17], &[3, 4], &[6]], "stft: windows should be (3, 16), but is (3, 4)");
    refuses(Op::Stft(stft), &[&[17], &[3, 16], &[6]], "stft: x should be a tensor of 2 axes, but is (17)");
    refuses(Op::Stft(stft), &[&[2, 17], &[3, 16], &[6, 1]], "stft: rows should be a tensor of 1 axes, but is (6, 1)");
    let want = "stft_grad_input: dy should be (2, 9, 6, 2), but is (2, 9, 7, 2)";
    refuses(Op::StftGrad(stft, 17), &[&[2, 9, 7, 2], &[3, 16], &[6]], want);
    gives(Op::Stft(Stft { n_fft: 4096, ..stft }), &[&[2, 17], &[3, 4096], &[6]], &[2, 2049, 6, 2]);
    for n_fft in [1, 6, 8, 17, 8192] {
        let want = format!("n_fft should be a power of two from 16 to 4096, not {n_fft}");
        let op = Stft { n_fft, ..stft };
        refuses(Op::Stft(op), &[&[2, 17], &[3, n_fft], &[6]], &format!("stft: {want}"));
        let dy: &[usize] = &[2, n_fft / 2 + 1, 6, 2];
        refuses(Op::StftGrad(op, 17), &[dy, &[3, n_fft], &[6]], &format!("stft_grad_input: {want}"));
    }
    refuses(Op::Stft(Stft { hop: 0, ..stft }), &[&[2, 17], &[3, 16], &[6]], "stft: hop should be at least 1");
    let mirrored = Stft { padding: StftPadding::Reflect, ..stft };
    gives(Op::Stft(mirrored), &[&[2, 2], &[3, 16], &[6]], &[2, 9, 6, 2]);
    let single = "stft: a signal of one sample cannot be mirrored";
    refuses(Op::Stft(mirrored), &[&[2, 1], &[3, 16], &[6]], single);
}

/// What no kernel does is refused where it is asked for, under its own name.
#[test]
fn limits_of_the_kernels() {
    let (six, seven): (&[usize], &[usize]) = (&[1, 2, 1, 2, 1, 2], &[1, 2, 1, 2, 1, 2, 1]);
    let long = |name: &str, dims: &str| format!("{name}: the output should be of at most 6 axes, but is {dims}");
    gives(Op::Unary(Unary::Exp), &[seven], seven);
    gives(Op::Binary(Binary::Add), &[six, &[1]], six);
    refuses(Op::Binary(Binary::Add), &[seven, &[1]], &long("binary", "(1, 2, 1, 2, 1, 2, 1)"));
    gives(Op::Transpose((0..6).collect()), &[six], six);
    refuses(Op::Transpose((0..7).collect()), &[seven], &long("transpose", "(1, 2, 1, 2, 1, 2, 1)"));
    let slice = |x: &[usize]| Op::Slice { begin: vec![0; x.len()], end: x.to_vec() };
    gives(slice(six), &[six], six);
    refuses(slice(seven), &[seven], &long("slice", "(1, 2, 1, 2, 1, 2, 1)"));
    let pad = |axes| Op::Pad { before: vec![0; axes], after: vec![0; axes] };
    gives(pad(6), &[six], six);
    refuses(pad(7), &[seven], &long("pad", "(1, 2, 1, 2, 1, 2, 1)"));
    gives(Op::Concat(5), &[six, six], &[1, 2, 1, 2, 1, 4]);
    refuses(Op::Concat(6), &[seven, seven], &long("concat", "(1, 2, 1, 2, 1, 2, 2)"));
    gives(Op::Expand(six.into()), &[&[2]], six);
    refuses(Op::Expand(seven.into()), &[&[2, 1]], &long("expand", "(1, 2, 1, 2, 1, 2, 1)"));
    let sum = |axes: &[usize]| Op::Reduce(Reduction::Sum, axes.to_vec());
    gives(sum(&[0, 2, 4]), &[six], &[2, 2, 2]);
    gives(sum(&[1, 2, 3, 6]), &[&[2, 3, 1, 2, 5, 2, 7]], &[2, 5, 2]);
    let runs = "reduce: axes should be at most 3 runs of neighbours, and as many between them, but is";
    refuses(sum(&[0, 2, 4, 6]), &[seven], &format!("{runs} [0, 2, 4, 6] of (1, 2, 1, 2, 1, 2, 1)"));
    refuses(sum(&[1, 3, 5]), &[seven], &format!("{runs} [1, 3, 5] of (1, 2, 1, 2, 1, 2, 1)"));
}

#[test]
fn nothing_and_too_much() {
    let mut g = Graph::new();
    let said = |result: tunevote::Result<tunevote::graph::Id>| result.unwrap_err().to_string();
    let none = |name: &str| format!("{name}: the output should be at least 1 along each axis, but is (0, 5)");
    assert_eq!(said(g.input("x", [0, 5])), none("input"));
    assert_eq!(said(g.variable("w", [0, 5])), none("variable"));
    assert_eq!(said(g.constant(1.0, [0, 5])), none("constant"));
    assert_eq!(said(g.data(&[], [0, 5])), none("data"));
    let x = g.input("x", [1, 5]).unwrap();
    assert_eq!(said(g.expand(x, [0, 5])), none("expand"));
    let much =
        |name: &str, dims: &str| format!("{name}: the output should be at most 4294967295 elements, but is {dims}");
    // Products and sums that no usize holds.
    let most = usize::MAX;
    assert_eq!(said(g.input("y", [most, 2])), much("input", &format!("({most}, 2)")));
    assert_eq!(said(g.pad(x, &[0, most], &[0, 7])), much("pad", &format!("(1, {most})")));
    assert_eq!(said(g.expand(x, [1 << 30, 5])), much("expand", "(1073741824, 5)"));
    let large = g.input("large", [1 << 31, 1]).unwrap();
    assert_eq!(said(g.concat(&[large, large], 0)), much("concat", "(4294967296, 1)"));
    assert_eq!(
        said(g.reshape(large, [most, 3])),
        format!("reshape: shape should be 2147483648 elements, but is ({most}, 3)")
    );
    let wide = Conv2d { dilation: [most, 1], padding: Padding::Same, ..Conv2d::default() };
    let failed = infer(&Op::Conv2d(wide), &[&[1, 1, 4, 4], &[1, 1, 3, 1]]).unwrap_err();
    assert_eq!(failed, format!("conv2d: the padded image should be at most 4294967295 elements, but is ({most}, 4)"));
    let groups = Conv2d { groups: most, ..Conv2d::default() };
    assert!(infer(&Op::Conv2dGradInput(groups, [4, 4]), &[&[1, 2, 4, 4], &[2, 2, 1, 1]]).is_err());
    assert_eq!(
        Banded::new(0, 5, vec![]).unwrap_err().to_string(),
        "banded: matrix should be at least 1 along each axis, but is (0, 5)"
    );
    assert!(Banded::new(most, 2, vec![]).is_err());
    // The largest that can be indexed.
    assert!(g.input("most", [u32::MAX as usize]).is_ok());
}

#[test]
fn tensors_of_another_graph() {
    let mut other = Graph::new();
    let far = other.input("x", [3]).unwrap();
    let mut g = Graph::new();
    let foreign = |name: &str| format!("{name}: a tensor is of another graph");
    let said = |result: tunevote::Result<()>| result.unwrap_err().to_string();
    // Out of range, then in range but another tensor.
    for turn in 0..2 {
        assert_eq!(said(g.exp(far).map(drop)), foreign("unary"));
        assert_eq!(said(g.output("y", far)), foreign("output"));
        assert_eq!(said(g.reshape(far, [3]).map(drop)), foreign("reshape"));
        assert_eq!(said(g.expand(far, [3]).map(drop)), foreign("expand"));
        assert_eq!(said(g.reduce(Reduction::Sum, far, &[]).map(drop)), foreign("reduce"));
        assert_eq!(said(g.mean_all(far).map(drop)), foreign("reduce"));
        assert_eq!(said(g.sum_to(far, &[3].into()).map(drop)), foreign("sum_to"));
        assert_eq!(said(g.power(far).map(drop)), foreign("power"));
        assert_eq!(said(g.global_avg_pool(far).map(drop)), foreign("global_pool"));
        assert_eq!(said(g.update(Update::Assign { variable: far, value: far })), foreign("update"));
        assert_eq!(said(g.gradients(far, &[]).map(drop)), foreign("gradients"));
        assert_eq!(said(g.pull_back(far, far, &[]).map(drop)), foreign("gradients"));
        if turn == 0 {
            g.variable("w", [3]).unwrap();
        }
    }
    let w = g.ids().next().unwrap();
    assert_eq!(w.index(), far.index());
    let loss = g.sum_all(w).unwrap();
    assert_eq!(said(g.gradients(loss, &[far]).map(drop)), foreign("gradients"));
    assert_eq!(said(g.pull_back(w, far, &[]).map(drop)), foreign("gradients"));
    assert_eq!(said(g.update(Update::Assign { variable: w, value: far })), foreign("update"));
    // A clone's tensors are the same as long as both graphs are.
    let mut clone = g.clone();
    assert!(clone.exp(w).is_ok());
    let ours = g.reshape(w, [1, 3]).unwrap();
    assert!(clone.neg(ours).is_err());
    assert_eq!((g.outputs().len(), g.updates().len()), (0, 0));
}

#[test]
fn constructors() {
    let mut g = Graph::new();
    let x = g.input("x", [2, 3]).unwrap();
    let said = |result: tunevote::Result<tunevote::graph::Id>| result.unwrap_err().to_string();
    assert_eq!(said(g.variable("x", [1])), "graph: there are two tensors named x");
    assert_eq!(said(g.input("x", [1])), "graph: there are two tensors named x");
    let w = g.variable("w", [3]).unwrap();
    assert_eq!(said(g.input("w", [3])), "graph: there are two tensors named w");
    assert_eq!(said(g.data(&[1.0, 2.0], [3])), "data: values should be 3 values, but is 2");
    assert_eq!(said(g.power(x)), "power: x should be (…,2), but is (2, 3)");
    assert_eq!(said(g.global_avg_pool(x)), "global_pool: x should be (N,C,…), but is (2, 3)");
    assert_eq!(said(g.sum_to(x, &[2].into())), "sum_to: shape should be a shape that broadcasts to (2, 3), but is (2)");
    assert_eq!(said(g.add(Op::Constant(1.0), &[])), "constant: has its own constructor");
    assert_eq!(said(g.add(Op::Variable("v".into()), &[])), "variable: has its own constructor");
    let failed = g.gradients(x, &[w]).unwrap_err().to_string();
    assert_eq!(failed, "gradients: loss should be one element, but is (2, 3)");
    let failed = g.pull_back(x, w, &[x]).unwrap_err().to_string();
    assert_eq!(failed, "gradients: dy should be (2, 3), but is (3)");
    assert_eq!(g.variables(), [("w", w)]);
    g.output("y", x).unwrap();
    assert_eq!(g.output("y", w).unwrap_err().to_string(), "output: there are two outputs named y");
    assert_eq!(g.outputs(), [("y".to_owned(), x)]);
    // What costs nothing makes no node.
    let before = g.nodes().len();
    assert_eq!(g.reshape(x, [2, 3]).unwrap(), x);
    assert_eq!(g.expand(x, [2, 3]).unwrap(), x);
    assert_eq!(g.reduce(Reduction::Sum, x, &[]).unwrap(), x);
    assert_eq!(g.nodes().len(), before);
}

#[test]
fn updates() {
    let mut g = Graph::new();
    let x = g.input("x", [3]).unwrap();
    let [w, m, v] = ["w", "m", "v"].map(|name| g.variable(name, [3]).unwrap());
    let short = g.variable("short", [2]).unwrap();
    let (step, half) = (g.input("step", [8]).unwrap(), g.input("half", [4]).unwrap());
    let optimiser = Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
    let sets = |variable, value| Update::Assign { variable, value };
    let follows = |variable, slots: &[_], step| Update::Optimise {
        optimiser,
        variable,
        slots: slots.to_vec(),
        gradient: x,
        step,
    };
    let no_variable = "update: only variables can be updated";
    for (update, want) in [
        (sets(x, w), no_variable),
        (sets(short, w), "update: variable should be (3), but is (2)"),
        (follows(x, &[m, v], step), no_variable),
        (follows(w, &[m, x], step), no_variable),
        (follows(w, &[m, short], step), "update: variable should be (3), but is (2)"),
        (follows(w, &[m], step), "update: slots should be 2 variables, but is 1"),
        (follows(w, &[m, v], half), "update: step should be (8), but is (4)"),
    ] {
        assert_eq!(g.update(update).unwrap_err().to_string(), want);
    }
    assert!(g.updates().is_empty());
    // Also seen through reshapes.
    let tall = g.reshape(w, [3, 1]).unwrap();
    let flat = g.add(Op::Reshape([3].into()), &[tall]).unwrap();
    for value in [w, flat] {
        assert_eq!(
            g.update(sets(w, value)).unwrap_err().to_string(),
            "update: a variable cannot be assigned to itself"
        );
    }
    g.update(follows(w, &[m, v], step)).unwrap();
    g.update(sets(w, m)).unwrap();
    assert_eq!(g.updates().len(), 2);
}
