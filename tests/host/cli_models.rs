//! `tunevote models`, which needs no GPU.

use std::process::Command;

use serde_json::Value;
use tunevote::models::SYSTEMS;

fn models(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tunevote")).arg("models").args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the README tells of them is what the program says.
#[test]
fn the_readmes_list_is_the_programs() {
    let told: Value = serde_json::from_str(&models(&["--json"])).unwrap();
    let kept: Value = serde_json::from_str(include_str!("../../weights/systems.json")).unwrap();
    assert!(
        told == kept,
        "weights/systems.json is out of date: tunevote models --json > weights/systems.json && tools/readme"
    );
}

#[test]
fn every_network_has_a_row() {
    let told: Value = serde_json::from_str(&models(&["--json"])).unwrap();
    let rows = told.as_array().unwrap();
    assert_eq!(rows.len(), SYSTEMS.len());
    let parameters = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("no {name}"))["parameters"].as_u64().unwrap()
    };
    assert_eq!(
        ["slice-cnn", "three-branch", "gtzan-cnn", "resnet50", "xception", "mobilenet"].map(parameters),
        [34_250_950, 2_567_720, 26_006_827, 23_587_712, 20_861_480, 3_228_864]
    );
    for row in rows {
        assert!(row["flops"].as_u64().unwrap() > 1_000_000, "{row}");
        assert!(
            row["memory"]["weights"].as_u64().unwrap() > 4 * 60_000 && row["memory"]["batch"].as_u64().unwrap() > 0,
            "{row}"
        );
        assert!(row["front_end"]["kind"].is_string() && !row["source"].as_str().unwrap().is_empty(), "{row}");
    }
    let text = models(&[]);
    assert_eq!(text.lines().count(), 1 + rows.len());
    assert!(text.lines().next().unwrap().starts_with("name"), "{text}");
    assert!(text.contains("34,250,950"), "{text}");
}
