//! What `tunevote doctor` says of adapters and kernels that this machine need not have.

use tunevote::cli::adapters::{reason, warning};
use tunevote::doctor::{Case, Family, Row, Status};
use tunevote::gpu::AdapterChoice;
use tunevote::kernels::gemm::KERNELS;
use tunevote::report::family_text;
use tunevote::wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other};

#[test]
fn an_adapter_is_used_for_a_reason() {
    let why = |text: &str, count| reason(&text.parse::<AdapterChoice>().unwrap(), &format!("--adapter {text}"), count);
    assert_eq!(why("best", 1), "the only one there is");
    assert!(why("best", 2).starts_with("the first of the best kind: discrete before integrated before virtual"));
    assert_eq!(why("cpu", 1), "asked for by kind: --adapter cpu");
    assert_eq!(why("1", 2), "asked for by number: --adapter 1");
    assert_eq!(why("4090", 2), "asked for by name: --adapter 4090");
    assert_eq!(why("radeon", 2), "asked for by name: --adapter radeon");
}

#[test]
fn a_processor_is_warned_of_with_what_helps() {
    assert_eq!(warning(&[DiscreteGpu, Cpu], 0), None);
    assert_eq!(warning(&[IntegratedGpu], 0), None);
    assert_eq!(warning(&[Other], 0), None);
    let alone = warning(&[Cpu], 0).unwrap();
    assert!(alone.starts_with("no GPU was found") && alone.contains("install"), "{alone}");
    let beside = warning(&[DiscreteGpu, Cpu], 1).unwrap();
    assert!(beside.starts_with("no GPU is used, though there is one") && beside.contains("--adapter 0"), "{beside}");
}

#[test]
fn a_family_is_a_line_and_what_is_wrong_another() {
    let family = Family { name: "gemm", kernels: KERNELS, cases: Vec::<Case>::new };
    let row = |kernels: &[&'static str], status, worst, remark: Option<&str>| Row {
        family: "gemm",
        kernels: kernels.to_vec(),
        case: "gemm (3, 4)".to_owned(),
        status,
        worst: (worst > 0.0).then_some(worst),
        remark: remark.map(str::to_owned),
    };
    let mut rows = vec![
        row(&["fill", "gemm", "gemm_pack"], Status::Ok, 0.25, None),
        row(&["gemm_finish", "gemm_thin"], Status::Ok, 0.5, None),
        row(&["gemm_cpu"], Status::NotUsed, 0.0, Some("subgroups of exactly 8 lanes")),
    ];
    let well = "\
gemm                 4 of  4 ok   2 cases     50 %
  not used here: gemm_cpu, which needs subgroups of exactly 8 lanes
";
    assert_eq!(family_text(&family, &rows), well);
    // Two cases of a kernel that is checked though it is not used.
    let aside = "checked, but not used here: gemm_gpu, which needs a GPU";
    rows.extend([(); 2].map(|()| row(&["gemm_gpu", "gemm_pack"], Status::Ok, 0.5, Some(aside))));
    let text = family_text(&family, &rows);
    assert_eq!(text, well.replace("4 of  4 ok   2", "5 of  5 ok   4") + "  " + aside + "\n");
    rows.truncate(3);
    rows[1] = row(&["gemm_finish", "gemm_thin"], Status::Failed, 7.0, Some("element 1 is off"));
    rows.push(row(&[], Status::Failed, 0.0, Some("the device was lost")));
    let text = family_text(&family, &rows);
    assert!(text.starts_with("gemm                 2 of  4 ok   3 cases    700 %\n"), "{text}");
    assert!(text.contains("  FAILED  gemm_finish, gemm_thin: gemm (3, 4): element 1 is off\n"), "{text}");
    assert!(text.ends_with("  FAILED  gemm (3, 4): the device was lost\n"), "{text}");
}
