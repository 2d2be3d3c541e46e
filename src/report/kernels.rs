//! What became of a family of kernels, for a terminal.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::doctor::{Family, Row, Status};

/// A line for the family, one for each kernel that is not used, checked or not, and one for each row that failed.
pub fn family_text(family: &Family, rows: &[Row]) -> String {
    let (unused, used): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.status == Status::NotUsed);
    let failed: Vec<_> = used.iter().filter(|row| row.status == Status::Failed).collect();
    let ran: BTreeSet<_> = used.iter().flat_map(|row| row.kernels.iter().copied()).collect();
    let wrong: BTreeSet<_> = failed.iter().flat_map(|row| row.kernels.iter().copied()).collect();
    // A case may run kernels of other families besides.
    let own = |names: &BTreeSet<&str>| family.kernels.iter().filter(|kernel| names.contains(kernel.name())).count();
    let (checked, right) = (own(&ran), own(&ran) - own(&wrong));
    let worst = used.iter().filter_map(|row| row.worst).fold(0.0, f64::max);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<18}  {right:>2} of {checked:>2} ok  {:>2} cases  {:>5.0} %",
        family.name,
        used.len(),
        100.0 * worst
    );
    for row in unused {
        let condition = row.remark.as_deref().unwrap_or_default();
        let _ = writeln!(text, "  not used here: {}, which needs {condition}", row.kernels.join(", "));
    }
    let aside: BTreeSet<_> =
        used.iter().filter(|row| row.status == Status::Ok).filter_map(|row| row.remark.as_deref()).collect();
    for remark in aside {
        let _ = writeln!(text, "  {remark}");
    }
    for row in failed {
        let (case, remark) = (&row.case, row.remark.as_deref().unwrap_or_default());
        let what = [row.kernels.join(", "), case.clone()].into_iter().filter(|part| !part.is_empty());
        let _ = writeln!(text, "  FAILED  {}: {remark}", what.collect::<Vec<_>>().join(": "));
    }
    text
}
