//! Copies that change places.

use tunevote::reference::pointwise::indices;
use tunevote::shape::Shape;

/// Row-major position of an index.
fn flat(index: &[usize], dims: &[usize]) -> usize {
    index.iter().zip(Shape::from(dims).strides()).map(|(i, stride)| i * stride).sum()
}

/// `y[index] = x[from(index)]`, zero where there is no such place.
fn gather(x: &[f64], dims: &[usize], out: &[usize], from: impl Fn(&[usize]) -> Option<Vec<usize>>) -> Vec<f64> {
    indices(out).iter().map(|index| from(index).map_or(0.0, |place| x[flat(&place, dims)])).collect()
}

/// `y[i0, i1, …]` is where `x` has `i_k` along axis `axes[k]`.
pub fn transpose(x: &[f64], dims: &[usize], axes: &[usize], out: &[usize]) -> Vec<f64> {
    gather(x, dims, out, |index| {
        let mut place = vec![0; dims.len()];
        axes.iter().zip(index).for_each(|(&axis, &i)| place[axis] = i);
        Some(place)
    })
}

pub fn slice(x: &[f64], dims: &[usize], begin: &[usize], out: &[usize]) -> Vec<f64> {
    gather(x, dims, out, |index| Some(index.iter().zip(begin).map(|(i, b)| i + b).collect()))
}

pub fn pad(x: &[f64], dims: &[usize], before: &[usize], out: &[usize]) -> Vec<f64> {
    gather(x, dims, out, |index| {
        let place: Option<Vec<_>> = index.iter().zip(before).map(|(i, b)| i.checked_sub(*b)).collect();
        place.filter(|place| place.iter().zip(dims).all(|(i, dim)| i < dim))
    })
}

/// One behind the other along `axis`.
pub fn concat(parts: &[(&[f64], &[usize])], axis: usize, out: &[usize]) -> Vec<f64> {
    indices(out)
        .iter()
        .map(|index| {
            let mut place = index.clone();
            for (x, dims) in parts {
                if place[axis] < dims[axis] {
                    return x[flat(&place, dims)];
                }
                place[axis] -= dims[axis];
            }
            unreachable!("the parts are as long as the whole")
        })
        .collect()
}
