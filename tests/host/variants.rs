//! The table of kernels that compute the same.

use tunevote::gpu::AdapterKind;
use tunevote::kernels::variants::{Family, Problem, TABLE};
use tunevote::wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
use tunevote::wgpu::Features;

#[test]
fn what_is_no_processor_is_a_gpu() {
    assert_eq!(AdapterKind::from(Cpu), AdapterKind::Cpu);
    for device in [DiscreteGpu, IntegratedGpu, VirtualGpu, Other] {
        assert_eq!(AdapterKind::from(device), AdapterKind::Gpu);
    }
}

#[test]
fn every_family_ends_with_one_for_all() {
    for family in [
        Family::Gemm,
        Family::Conv2d,
        Family::Conv2dGradWeight,
        Family::Patch,
        Family::PatchGradInput,
        Family::PatchGradWeight,
        Family::Depthwise,
        Family::DepthwiseGradInput,
        Family::DepthwiseGradWeight,
        Family::LayerNorm,
        Family::LayerNormStats,
        Family::LayerNormGradInput,
        Family::LayerNormDots,
        Family::StftPower,
        Family::Rnn,
        Family::RnnGradGates,
        Family::Gru,
        Family::GruGradGates,
        Family::Lstm,
        Family::LstmGradGates,
    ] {
        let last = TABLE.iter().rfind(|variant| variant.family == family).unwrap();
        assert_eq!(last.needs.words, "nothing");
        for sides in [0, 1, 1 << 20] {
            let problem =
                Problem { rows: sides, columns: sides, k: sides, window: [sides; 2], by_column: false, half: false };
            assert!((last.fits)(&problem), "{} for {problem:?}", last.kernel.name());
        }
    }
}

#[test]
fn a_name_says_what_a_kernel_needs() {
    for variant in TABLE {
        let name = variant.kernel.name();
        let (lanes, group) = (name.ends_with("_cpu"), name.ends_with("_gpu"));
        assert_eq!(variant.needs.words == "a processor with subgroups of exactly 8 lanes", lanes, "{name}");
        assert_eq!(variant.needs.words == "a GPU", group, "{name}");
        assert_eq!(variant.by_group(), group, "{name}");
        assert_eq!(variant.kernel.features.contains(Features::SUBGROUP), lanes, "{name}");
    }
    // Whoever needs a feature has a row.
    for kernel in tunevote::kernels::all() {
        let listed = TABLE.iter().any(|variant| variant.kernel.path == kernel.path);
        assert!(listed || kernel.features.is_empty(), "{}", kernel.path);
    }
}
