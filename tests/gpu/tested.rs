//! No kernel without a test: every kernel of the crate, the variants for one kind of adapter too, is run by its family's tests.

use tunevote::gpu::{AdapterKind, Kernel};
use tunevote::kernels::{
    self, banded, batch_norm, ceilings, conv2d, conv2d_grad_weight, diagonal, dropout, gemm, layer_norm, movement,
    optim, pointwise, pool2d, recurrent, reduce, softmax, stft, upsample,
};

use crate::harness::{engines, has_run};

type Test = fn();

/// Each family and the tests that compare its kernels with their references.
const FAMILIES: &[(&[&Kernel], &[Test])] = &[
    (
        banded::KERNELS,
        &[
            crate::banded::banded_matmul_matches_the_dense_product,
            crate::banded::banded_matmul_of_frames_side_by_side_matches_it_too,
        ],
    ),
    (
        batch_norm::KERNELS,
        &[
            crate::batch_norm::batch_norm_stats_matches_its_formula,
            crate::batch_norm::batch_norm_apply_matches_its_formula,
            crate::batch_norm::batch_norm_grad_sums_matches_its_formula,
            crate::batch_norm::batch_norm_grad_input_matches_its_formula,
        ],
    ),
    (ceilings::KERNELS, &[crate::ceilings::multiply_add_follows_its_recurrence, crate::ceilings::copy_copies]),
    (conv2d::KERNELS, &[crate::conv2d::forward, crate::conv2d::grad_input]),
    (conv2d_grad_weight::KERNELS, &[crate::conv2d::grad_weight]),
    (
        diagonal::KERNELS,
        &[
            crate::diagonal::diagonal_sum_adds_what_its_definition_says,
            crate::diagonal::diagonal_sum_grad_input_is_the_transpose,
        ],
    ),
    (
        dropout::KERNELS,
        &[
            crate::dropout::random_uniform_is_the_hosts,
            crate::dropout::random_normal_is_the_hosts,
            crate::dropout::dropout_matches_its_formula,
        ],
    ),
    (gemm::KERNELS, &[crate::gemm::sizes, crate::gemm::halves]),
    (
        layer_norm::KERNELS,
        &[
            crate::layer_norm::layer_norm_matches_its_formula,
            crate::layer_norm::layer_norm_stats_match_their_formula,
            crate::layer_norm::layer_norm_grad_input_matches_its_formula,
            crate::layer_norm::layer_norm_grad_sums_match_their_formula,
        ],
    ),
    (movement::KERNELS, &[crate::pointwise::strided_copy_walks_both_sides]),
    (optim::KERNELS, &[crate::optim::optimisers_match_their_formulas_over_many_steps]),
    (
        pointwise::KERNELS,
        // A strided copy goes to what `fill` has written.
        &[
            crate::pointwise::unary_matches_its_formula,
            crate::pointwise::binary_broadcasts_as_numpy_does,
            crate::pointwise::strided_copy_walks_both_sides,
        ],
    ),
    (
        pool2d::KERNELS,
        &[
            crate::pool2d::max_pool2d_matches_its_formula,
            crate::pool2d::max_pool2d_places_are_those_of_the_first_maxima,
            crate::pool2d::max_pool2d_grad_input_goes_to_the_places,
            crate::pool2d::max_pool2d_gather_reads_at_the_places,
            crate::pool2d::avg_pool2d_does_not_count_padding,
            crate::pool2d::avg_pool2d_grad_input_matches_its_formula,
        ],
    ),
    (
        recurrent::KERNELS,
        &[
            crate::recurrent::rnn_follows_its_formula,
            crate::recurrent::rnn_grad_gates_is_its_gradient,
            crate::recurrent::gru_follows_its_formula,
            crate::recurrent::gru_grad_gates_is_its_gradient,
            crate::recurrent::lstm_follows_its_formula,
            crate::recurrent::lstm_grad_gates_is_its_gradient,
        ],
    ),
    (reduce::KERNELS, &[crate::reduce::reductions_match_their_definition]),
    (
        softmax::KERNELS,
        &[
            crate::softmax::softmax_matches_its_formula,
            crate::softmax::log_softmax_matches_its_formula,
            crate::softmax::softmax_grad_input_matches_its_formula,
            crate::softmax::cross_entropy_matches_its_formula,
            crate::softmax::cross_entropy_grad_logits_matches_its_formula,
        ],
    ),
    (
        stft::KERNELS,
        &[
            crate::stft::stft_matches_its_definition,
            crate::stft::stft_power_is_the_mean_of_squares_over_blocks,
            crate::stft::stft_grad_input_is_the_transpose,
        ],
    ),
    (
        upsample::KERNELS,
        &[crate::upsample::upsample2d_matches_its_shares, crate::upsample::upsample2d_grad_input_is_the_transpose],
    ),
];

/// Where the other tests have run before, this one has nothing left to run.
#[test]
fn every_kernel_is_run_by_its_familys_tests() {
    let [own, portable] = engines();
    assert_eq!(portable.subgroup_size(), None, "the portable engine has no features");
    let by_lanes = own.kind() == AdapterKind::Cpu && own.subgroup_size() == Some(8);
    if own.info().name.contains("llvmpipe") {
        assert!(by_lanes, "llvmpipe has subgroups of {:?}", own.subgroup_size());
    }
    let mut known = Vec::new();
    for (kernels, tests) in FAMILIES {
        // What shares channels among the eight lanes of a subgroup runs where they are eight.
        let wanted: Vec<_> =
            kernels.iter().map(|kernel| kernel.name()).filter(|name| by_lanes || !name.ends_with("_cpu")).collect();
        for test in *tests {
            if !wanted.iter().all(|name| has_run(name)) {
                test();
            }
        }
        let missing: Vec<_> = wanted.iter().filter(|name| !has_run(name)).collect();
        assert!(missing.is_empty(), "no test has run {missing:?}");
        known.extend(kernels.iter().map(|kernel| kernel.name()));
    }
    let mut all: Vec<_> = kernels::all().iter().map(|kernel| kernel.name()).collect();
    known.sort_unstable();
    all.sort_unstable();
    assert_eq!(known, all, "a family is not in this list");
}
