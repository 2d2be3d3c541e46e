//! How many workgroups run.

/// A number of workgroups along one line. WebGPU allows 65,535 along an axis: longer lines are folded into y, and
/// `flat_group` of `shaders/lib/grid.wgsl` undoes the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    groups: usize,
}

const LONGEST: usize = 65_535;

impl Grid {
    /// Enough workgroups of `width` invocations for `invocations` of them.
    pub fn flat(invocations: usize, width: usize) -> Self {
        Self::groups(invocations.div_ceil(width))
    }

    /// Exactly this many workgroups (at least one).
    pub fn groups(groups: usize) -> Self {
        Self { groups: groups.max(1) }
    }

    /// What `dispatch_workgroups` takes; `None` past 65,535 squared.
    pub fn folded(self) -> Option<[u32; 3]> {
        let rows = self.groups.div_ceil(LONGEST);
        (rows <= LONGEST).then(|| [self.groups.div_ceil(rows) as u32, rows as u32, 1])
    }
}
