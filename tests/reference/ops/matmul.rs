//! Products of matrices, either stored transposed, one or many.

/// `dims` of 2 or 3 axes as (matrices, rows, columns) of what is stored.
fn stored(dims: &[usize]) -> [usize; 3] {
    match *dims {
        [rows, columns] => [1, rows, columns],
        [count, rows, columns] => [count, rows, columns],
        _ => panic!("a matrix has two axes, a batch of them three: {dims:?}"),
    }
}

/// `y[n,i,j] = sum over k of A[n,i,k] B[n,k,j]`; one matrix serves all.
pub fn matmul(a: (&[f64], &[usize], bool), b: (&[f64], &[usize], bool)) -> Vec<f64> {
    let ([na, ra, ca], [nb, rb, cb]) = (stored(a.1), stored(b.1));
    let (m, depth) = if a.2 { (ca, ra) } else { (ra, ca) };
    let columns = if b.2 { rb } else { cb };
    let left = |n: usize, i: usize, k: usize| {
        let n = if na == 1 { 0 } else { n };
        a.0[n * ra * ca + if a.2 { k * ca + i } else { i * ca + k }]
    };
    let right = |n: usize, k: usize, j: usize| {
        let n = if nb == 1 { 0 } else { n };
        b.0[n * rb * cb + if b.2 { j * cb + k } else { k * cb + j }]
    };
    let mut y = Vec::new();
    for n in 0..na.max(nb) {
        for i in 0..m {
            y.extend((0..columns).map(|j| (0..depth).map(|k| left(n, i, k) * right(n, k, j)).sum::<f64>()));
        }
    }
    y
}
