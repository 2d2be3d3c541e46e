//! `y[b,m,n] = sum over k of op(a)[b,m,k] op(b)[b,k,n]`

/// Extents of a product; a batch of 1 serves all.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Matrices a.
    pub a_batch: usize,
    /// Matrices b.
    pub b_batch: usize,
    /// Rows of y.
    pub m: usize,
    /// Columns of y.
    pub n: usize,
    /// Terms of a sum.
    pub k: usize,
    /// Whether `a` is stored as (k,m).
    pub transpose_a: bool,
    /// Whether `b` is stored as (n,k).
    pub transpose_b: bool,
}

impl Product {
    /// The product of `a` and `b`, row-major.
    pub fn of(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let &Self { m, n, k, .. } = self;
        let mut y = Vec::new();
        for batch in 0..self.a_batch.max(self.b_batch) {
            let a = &a[(batch % self.a_batch) * m * k..][..m * k];
            let b = &b[(batch % self.b_batch) * k * n..][..k * n];
            for row in 0..m {
                for column in 0..n {
                    let term = |i: usize| {
                        let left = if self.transpose_a { a[i * m + row] } else { a[row * k + i] };
                        let right = if self.transpose_b { b[column * k + i] } else { b[i * n + column] };
                        left * right
                    };
                    y.push((0..k).map(term).sum());
                }
            }
        }
        y
    }
}
