//! What a caller can get wrong is named.

use tunevote::plan::{Plan, PlanOptions, Variables};

use super::Trial;
use crate::harness::engines;

fn small() -> Trial {
    let mut t = Trial::default();
    let x = t.input("x", &[2, 3], vec![1.0; 6]);
    let w = t.variable("w", &[3, 2], vec![0.5; 6]);
    let y = t.graph.matmul(x, w).unwrap();
    t.graph.output("y", y).unwrap();
    t
}

#[test]
fn an_input_of_another_size() {
    let (_, plan) = small().plan(&engines()[1], true);
    let error = plan.write("x", &[0.0; 5]).unwrap_err().to_string();
    assert!(error.contains('6') && error.contains('5'), "{error}");
}

#[test]
fn names_that_are_not_there() {
    let (_, plan) = small().plan(&engines()[1], true);
    let error = plan.write("z", &[0.0; 6]).unwrap_err().to_string();
    assert!(error.contains("no input named z") && error.contains(": x"), "{error}");
    let error = plan.output("z").unwrap_err().to_string();
    assert!(error.contains("no output named z") && error.contains(": y"), "{error}");
}

#[test]
fn variables_that_are_missing_or_of_another_shape() {
    let trial = small();
    let mut variables = Variables::new(&engines()[1]);
    let error = Plan::new(&trial.graph, &variables, PlanOptions::default()).unwrap_err().to_string();
    assert!(error.contains("w (3, 2)") && error.contains("missing"), "{error}");
    variables.set("w", [2, 3], &[0.0; 6]).unwrap();
    let error = Plan::new(&trial.graph, &variables, PlanOptions::default()).unwrap_err().to_string();
    assert!(error.contains("w should be (3, 2), but is (2, 3)"), "{error}");
}

#[test]
fn a_variable_set_again_is_seen_by_its_plan() {
    let trial = small();
    let (mut variables, plan) = trial.plan(&engines()[1], true);
    plan.run();
    assert_eq!(super::read(&engines()[1], &plan, "y"), [1.5; 4]);
    variables.set("w", [3, 2], &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    plan.run();
    assert_eq!(super::read(&engines()[1], &plan, "y"), [1.0, 2.0, 1.0, 2.0]);
}
