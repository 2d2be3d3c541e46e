//! `bench` and `profile`.

use serde_json::Value;
use tempfile::TempDir;

use super::{text, tunevote};

fn json(args: &[&str]) -> Value {
    let output = tunevote(args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_benchmark_row_stands_beside_the_ceilings() {
    for portable in [false, true] {
        let mut args = vec!["bench", "--suite", "kernels", "--only", "binary", "--json"];
        args.extend(portable.then_some("--portable"));
        let all = json(&args);
        assert_eq!(all["portable"], portable);
        assert!(all["device"]["name"].is_string() && all["device"]["driver"].is_string());
        assert_eq!(all["device"]["subgroup"].is_null(), portable || !has_subgroups());
        let [row] = all["rows"].as_array().unwrap().as_slice() else { panic!("{all}") };
        assert_eq!((&row["name"], &row["shape"]), (&"binary".into(), &"32x64x64x64 * 32x64x64x64".into()));
        let bytes = 3.0 * 4.0 * (32 * 64 * 64 * 64) as f64;
        let seconds = number(&row["seconds"]);
        assert!((number(&row["gbps"]) * seconds * 1e9 / bytes - 1.0).abs() < 1e-9, "{row}");
        let share = 1e-9 * bytes / number(&all["ceilings"]["copy_gbps"]) / seconds;
        assert!((number(&row["share_of_ceiling"]) / share - 1.0).abs() < 1e-6, "{row}");
        assert!(number(&row["spread"]) >= 0.0);
    }
}

fn has_subgroups() -> bool {
    crate::harness::engines()[0].subgroup_size().is_some()
}

#[test]
fn rows_are_known_by_their_names() {
    let wrong = tunevote(&["bench", "--suite", "audio", "--only", "conv2d"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        text(&wrong.stderr).contains("there are: classify, cqt_picture, log_mel, sox_picture, three_branch_picture"),
        "{}",
        text(&wrong.stderr)
    );
    let wrong = tunevote(&["profile", "--model", "nosuch"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("nosuch: this is neither"), "{}", text(&wrong.stderr));
    assert!(
        text(&wrong.stderr).contains("compact, slice-cnn, wide, cnn-rnn, compact-binary"),
        "{}",
        text(&wrong.stderr)
    );
    let table = text(&tunevote(&["bench", "--suite", "networks", "--only", "compact inference"]).stdout);
    assert!(table.contains("GFLOP/s of multiply-adds") && table.contains("32x1x128x128"), "{table}");
}

#[test]
fn a_profile_counts_what_a_run_does() {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("t.json");
    for train in [false, true] {
        let mut args = vec!["profile", "--batch", "2", "--json", "--trace", trace.to_str().unwrap()];
        args.extend(train.then_some("--train"));
        let all = json(&args);
        assert_eq!((&all["network"], &all["batch"]), (&"wide".into(), &2.into()));
        let profile = &all["profile"];
        let by = if crate::harness::engines()[0].has(wgpu::Features::TIMESTAMP_QUERY) { "timestamps" } else { "clock" };
        assert_eq!(profile["measured_by"], by);
        let kernels = profile["kernels"].as_array().unwrap();
        let sum = |field: &str| kernels.iter().map(|row| number(&row[field])).sum::<f64>();
        assert!((sum("seconds") / number(&profile["seconds"]) - 1.0).abs() < 1e-9);
        assert!((sum("share_of_time") - 1.0).abs() < 1e-9);
        let grads = kernels.iter().any(|row| row["name"].as_str().unwrap().starts_with("conv2d_grad_weight"));
        assert_eq!(grads, train, "{kernels:?}");
        // Weights that learn are packed in every run, those that stay before the first one.
        let packed = |rows: &Value| {
            let of = |row: &&Value| row["name"].as_str().is_some_and(|name| name.starts_with("gemm_pack"));
            rows.as_array().unwrap().iter().filter(of).map(|row| number(&row["calls"])).sum::<f64>()
        };
        assert_eq!(packed(&profile["prologue"]) > 0.0, !train, "{}", profile["prologue"]);
        assert!(packed(&profile["kernels"]) > 0.0);
        for phase in ["plan", "first_run", "run"] {
            assert!(number(&profile["start"][phase]) > 0.0);
        }
        let events: Value = serde_json::from_slice(&std::fs::read(&trace).unwrap()).unwrap();
        let slices =
            events["traceEvents"].as_array().unwrap().iter().filter(|event| event["ph"] == "X" && event["tid"] == 2);
        assert_eq!(slices.count() as f64, sum("calls"), "a slice a dispatch");
    }
}
