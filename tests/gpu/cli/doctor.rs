//! `tunevote doctor`: what it says of this machine, and what it says where there is nothing to say it of.

use std::process::{Command, Output};

use tunevote::doctor::FAMILIES;
use tunevote::gpu::adapters;
use tunevote::kernels;

use super::{rows, text};

fn doctor(args: &[&str], variable: (&str, &str)) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
    command.arg("doctor").args(args).env("NODEVICE_SELECT", "1").env_remove("TUNEVOTE_ADAPTER");
    command.env(variable.0, variable.1).output().unwrap()
}

#[test]
fn it_tells_adapters_kernels_and_ceilings_as_json() {
    let found = pollster::block_on(adapters());
    let name = found[0].get_info().name;
    let output = doctor(&["--json"], ("TUNEVOTE_ADAPTER", &name));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let all = &rows(&output)[..];
    assert_eq!(all.len(), 1, "one object");
    let all = &all[0];
    let adapters = all["adapters"].as_array().unwrap();
    assert_eq!(adapters.len(), found.len());
    let (limits, features) = (found[0].limits(), found[0].features());
    assert_eq!(adapters[0]["name"], name);
    assert_eq!(adapters[0]["limits"]["binding"], limits.max_storage_buffer_binding_size);
    assert_eq!(adapters[0]["limits"]["workgroup_invocations"], limits.max_compute_invocations_per_workgroup);
    assert_eq!(adapters[0]["features"]["subgroups"].is_array(), features.contains(wgpu::Features::SUBGROUP));
    let cpu = found[0].get_info().device_type == wgpu::DeviceType::Cpu;
    let chosen = serde_json::json!({
        "index": 0, "reason": format!("asked for by name: TUNEVOTE_ADAPTER={name}"), "cpu": cpu,
    });
    assert_eq!(all["chosen"], chosen);
    let warned = all["warnings"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains("processor"));
    assert_eq!(warned, cpu, "{}", all["warnings"]);
    let kernels_of = |row: &serde_json::Value| row["kernels"].as_array().unwrap().clone();
    let rows = all["kernels"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["status"] == "ok" || row["status"] == "not_used"), "{rows:?}");
    for kernel in kernels::all() {
        assert!(rows.iter().any(|row| kernels_of(row).contains(&kernel.name().into())), "{}", kernel.name());
    }
    let ok = rows.iter().filter(|row| row["status"] == "ok");
    assert!(ok.clone().all(|row| row["worst"].as_f64().unwrap() <= 1.0 && row["case"].is_string()));
    for ceiling in ["multiply_add_gflops", "copy_gbps"] {
        assert!(all["ceilings"][ceiling].as_f64().unwrap() > 0.0, "{ceiling}");
    }
}

#[test]
fn it_tells_people_what_is_used_and_why() {
    let output = doctor(&["--adapter", "0"], ("NODEVICE_SELECT", "1"));
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let info = pollster::block_on(adapters())[0].get_info();
    assert!(said.contains(&format!("used: 0  {}: asked for by number: --adapter 0", info.name)), "{said}");
    let cpu = info.device_type == wgpu::DeviceType::Cpu;
    assert_eq!(said.contains("warning: no GPU was found: everything runs on the processor"), cpu, "{said}");
    for family in FAMILIES {
        assert!(said.lines().any(|line| line.starts_with(family.name) && line.contains(" ok ")), "{said}");
    }
    assert!(said.contains("all is well") && said.contains("GFLOP/s") && said.contains("GB/s"), "{said}");
}

#[test]
fn without_an_adapter_it_gives_two_and_says_what_helps() {
    let none = if cfg!(windows) { "metal" } else { "dx12" };
    let output = doctor(&["--json"], ("WGPU_BACKEND", none));
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("install a Vulkan driver") && said.contains(&format!("WGPU_BACKEND is {none}")), "{said}");
    assert!(output.stdout.is_empty());
}
