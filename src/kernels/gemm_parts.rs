//! Products of matrices that one binding cannot hold, such as the weights of a wide dense layer: done in parts of their rows.

use super::gemm::{After, Gemm, Laid, OP, Plan, Second, Sizes};
use super::movement::{Walk, strided_copy};
use super::parts::{alignment, gcd};
use super::{Scratch, take};
use crate::error::Result;
use crate::gpu::{Engine, Recorder, Tensor};

/// Rows and columns of the largest tiles, and terms that they take at once.
const TALLEST: usize = 64;
const WIDEST: usize = 256;
const STEPS: usize = 16;

/// Along which axis of a product it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    /// Rows of b are terms of the sums: parts of the sums are added in their order.
    Terms,
    /// Rows of b are columns of y: each part is copied into its columns.
    Columns,
    /// Rows of y.
    Rows,
}

/// A product in parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    sizes: Sizes,
    gemm: Gemm,
    axis: Axis,
    /// Rows of a part.
    step: usize,
    /// Splits of the sums of a part of terms but the last one, in such numbers that the next part's begin where the device can bind.
    splits: usize,
}

impl Parts {
    /// `None` where every operand fits a binding, or none of its rows do.
    pub fn new(engine: &Engine, sizes: Sizes, gemm: &Gemm) -> Option<Self> {
        let Sizes { batch, m, n, k, .. } = sizes;
        let (most, align) = (engine.largest_binding() as usize / 4, alignment(engine));
        let (axis, length) = match (k * n > most, m * n > most) {
            (true, _) if gemm.transpose_b => (Axis::Columns, k),
            (true, _) => (Axis::Terms, n),
            (false, true) => (Axis::Rows, n),
            (false, false) => return None,
        };
        // What parts change is not kept.
        let gemm = Gemm { b: Second::Changes, ..*gemm };
        let mut parts = Self { sizes, gemm, axis, step: 0, splits: 1 };
        if axis == Axis::Terms {
            // As both operands lie when they are packed.
            let row = if n <= WIDEST { n.next_multiple_of(4) } else { n.next_multiple_of(WIDEST) };
            let fitting = most / row.max(m.next_multiple_of(TALLEST));
            let unit = align.div_ceil(4) / gcd(align.div_ceil(4), m * n.div_ceil(4));
            let natural = Plan::new(engine, Sizes { k: fitting.max(1), ..sizes }, &gemm).splits;
            // Terms of a part: in each split whole steps of every kernel's.
            let whole = |splits: usize| align * STEPS * splits / gcd(align, STEPS * splits);
            let wanted = natural.next_multiple_of(unit);
            parts.splits = if whole(wanted) <= fitting { wanted } else { unit };
            parts.step = fitting / whole(parts.splits) * whole(parts.splits);
        } else {
            let fitting = most / length;
            parts.step =
                if fitting >= WIDEST { fitting / WIDEST * WIDEST } else { (fitting + 1).next_power_of_two() / 2 };
            parts.step = parts.step / align * align;
        }
        (batch == 1 && parts.step > 0).then_some(parts)
    }

    fn length(&self) -> usize {
        match self.axis {
            Axis::Terms => self.sizes.k,
            Axis::Columns => self.sizes.n,
            Axis::Rows => self.sizes.m,
        }
    }

    /// The plan of the part of so many rows, and whether it is the last one.
    fn plan(&self, engine: &Engine, count: usize, last: bool) -> Plan {
        let sizes = match self.axis {
            Axis::Terms => Sizes { k: count, ..self.sizes },
            Axis::Columns => Sizes { n: count, ..self.sizes },
            Axis::Rows => Sizes { m: count, ..self.sizes },
        };
        let plan = Plan::new(engine, sizes, &self.gemm);
        match self.axis {
            Axis::Terms if last => plan.summed(),
            Axis::Terms => plan.in_splits(self.splits),
            _ => plan,
        }
    }

    /// Where each part begins, how many rows it has, and its plan.
    fn all(&self, engine: &Engine) -> Vec<(usize, usize, Plan)> {
        let length = self.length();
        let of = |first: usize| {
            let count = self.step.min(length - first);
            (first, count, self.plan(engine, count, first + count == length))
        };
        (0..length).step_by(self.step).map(of).collect()
    }

    /// Elements of the sums of one split.
    fn plane(&self) -> usize {
        self.sizes.m * self.sizes.n.next_multiple_of(4)
    }

    /// Both operands packed, parts of the sums, and the columns of a part of y.
    pub fn scratch(&self, engine: &Engine) -> [Scratch; 4] {
        let mut most = [1; 4];
        let mut splits = 0;
        for (_, count, plan) in self.all(engine) {
            for (most, of_part) in most.iter_mut().zip(plan.scratch()) {
                *most = of_part.len.max(*most);
            }
            splits += plan.splits;
            if self.axis == Axis::Columns {
                most[3] = most[3].max(self.sizes.m * count);
            }
        }
        if self.axis == Axis::Terms {
            most[2] = splits * self.plane();
        }
        most.map(Scratch::of_run)
    }

    /// Records all parts, and what brings them together.
    pub fn record(
        &self,
        rec: &mut Recorder,
        [a, b, y]: [&Tensor; 3],
        after: &After<'_>,
        scratch: &[Tensor],
    ) -> Result<()> {
        let Sizes { m, n, k, .. } = self.sizes;
        let [packed_a, packed_b, partials, columns] = take(OP, scratch, self.scratch(rec.engine()))?;
        let packed = [&packed_a, &packed_b];
        let b = b.reshape(if self.gemm.transpose_b { [n, k] } else { [k, n] })?;
        let y = y.reshape([m, n])?;
        let [of_a, of_b] = self.sizes.laid(&self.gemm, [a, &b]);
        let all = self.all(rec.engine());
        let mut done = 0;
        for &(first, count, plan) in &all {
            match self.axis {
                Axis::Terms => {
                    let part = b.rows(first, first + count)?;
                    let operands = [Laid { first: first * of_a.by_k, ..of_a }, Laid { tensor: &part, ..of_b }];
                    let sums = partials.rows(done * self.plane(), (done + plan.splits) * self.plane())?;
                    plan.product(rec, &operands, packed, &sums, &After::NOTHING)?;
                    done += plan.splits;
                }
                Axis::Columns => {
                    let part = b.rows(first, first + count)?;
                    let bias = after.bias.map(|bias| bias.rows(first, first + count)).transpose()?;
                    let after = After { bias: bias.as_ref(), activation: after.activation };
                    let own = columns.rows(0, m * count)?;
                    plan.whole(rec, &[of_a, Laid { tensor: &part, ..of_b }], packed, [&partials, &own], &after)?;
                    let [from, to] =
                        [(0, count), (first, n)].map(|(offset, row)| Walk { offset, strides: vec![row, 1] });
                    strided_copy(rec, &own, &from, &y, &to, &[m, count])?;
                }
                Axis::Rows => {
                    let own = y.rows(first, first + count)?;
                    let operands = [Laid { first: first * of_a.by_row, ..of_a }, of_b];
                    plan.whole(rec, &operands, packed, [&partials, &own], after)?;
                }
            }
        }
        if self.axis == Axis::Terms
            && let Some(&(.., plan)) = all.first()
        {
            return plan.in_splits(done).finish(rec, &partials, &y, after);
        }
        Ok(())
    }
}
