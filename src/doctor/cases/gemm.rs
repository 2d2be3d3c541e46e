//! Matrix products.

use super::dirty;
use crate::doctor::{Case, Output};
use crate::gpu::AdapterKind;
use crate::kernels::gemm::{self as kernels, Gemm, Second, gemm_scratch};
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::gemm::Product;
use crate::reference::pointwise::activated;
use crate::shape::Unary;

/// A product of batches of matrices, perhaps with a bias and an activation.
pub fn gemm(product: Product, bias: bool, activation: Option<Unary>) -> Case {
    gemm_of(Second::Changes, product, bias, activation)
}

/// The same with what may be done with the second matrix.
pub fn gemm_of(second: Second, product: Product, bias: bool, activation: Option<Unary>) -> Case {
    let Product { a_batch, b_batch, m, n, k, transpose_a, transpose_b } = product;
    let batch = a_batch.max(b_batch);
    let (a, mut b, c) = (noise(a_batch * m * k, 1), noise(b_batch * k * n, 2), noise(n, 3));
    if second == Second::Halves {
        b.iter_mut().for_each(|value| *value = half::f16::from_f32(*value).to_f32());
    }
    let a_shape = if transpose_a { [a_batch, k, m] } else { [a_batch, m, k] };
    let b_shape = if transpose_b { [b_batch, n, k] } else { [b_batch, k, n] };
    let added = |i: usize| if bias { f64::from(c[i % n]) } else { 0.0 };
    let sums = product.of(&wide(&a), &wide(&b));
    let sizes = product.of(&magnitudes(&a), &magnitudes(&b));
    let want = sums.iter().enumerate().map(|(i, y)| activated(activation, y + added(i))).collect();
    let scale = sizes.iter().enumerate().map(|(i, y)| y + added(i).abs() + 1.0).collect();
    let c_shape = [n];
    let mut inputs: Vec<(&[usize], &[f32])> = vec![(&a_shape, &a), (&b_shape, &b)];
    if bias {
        inputs.push((&c_shape, &c));
    }
    let options = Gemm { transpose_a, transpose_b, activation, b: second };
    let turned = |turned: bool| if turned { "transposed" } else { "straight" };
    let what = format!("gemm {} by {}, which {second:?}, {activation:?}", turned(transpose_a), turned(transpose_b))
        .to_lowercase();
    Case::new(what, &inputs, Output::new(&[batch, m, n], want, scale, 4.0), move |rec, t, y| {
        let scratch = gemm_scratch(rec.engine(), t[0].shape(), t[1].shape(), &options)?;
        let scratch = dirty(rec, scratch)?;
        kernels::gemm(rec, &t[0], &t[1], t.get(2), y, &options, &scratch)
    })
}

/// Few rows, up to 16, more; sums in one piece and split; tiles that a workgroup shares.
pub(super) fn small() -> Vec<Case> {
    let plain = |m, n, k| Product { a_batch: 1, b_batch: 1, m, n, k, transpose_a: false, transpose_b: false };
    vec![
        gemm(plain(3, 9, 6), true, Some(Unary::Elu(0.7))),
        gemm(Product { transpose_b: true, ..plain(1, 65, 1100) }, true, None),
        gemm(plain(3, 260, 40), true, None),
        gemm_of(Second::Halves, Product { transpose_b: true, ..plain(2, 70, 1100) }, true, Some(Unary::Relu)),
        gemm(Product { transpose_a: true, ..plain(15, 64, 4) }, false, None),
        gemm(Product { b_batch: 3, ..plain(16, 65, 9) }, true, Some(Unary::Tanh)),
        gemm(Product { transpose_b: true, ..plain(37, 20, 12) }, true, Some(Unary::Relu)),
        gemm(Product { a_batch: 3, ..plain(33, 127, 165) }, false, None),
        gemm(plain(18, 12, 1100), true, Some(Unary::Sigmoid)),
        gemm(plain(65, 66, 35), true, Some(Unary::Elu(0.7))).for_kind(AdapterKind::Gpu),
        gemm(Product { transpose_b: true, ..plain(33, 129, 20) }, true, None).for_kind(AdapterKind::Gpu),
        // Too few steps for what shares them.
        gemm(Product { transpose_b: true, ..plain(49, 130, 12) }, true, Some(Unary::Relu)).for_kind(AdapterKind::Gpu),
    ]
}
