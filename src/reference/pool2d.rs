//! Pooling from its formulas. Windows are written as (first place of the padded axis, places), so padding is explicit.

/// What a pooling does to one image.
#[derive(Clone, Copy, Debug)]
pub struct Pooling {
    /// Height and width.
    pub image: [usize; 2],
    /// Of the window.
    pub kernel: [usize; 2],
    /// From window to window.
    pub stride: [usize; 2],
    /// `[top, bottom, left, right]`
    pub pads: [usize; 4],
}

impl Pooling {
    /// `floor((side + padding - kernel) / stride) + 1` in both directions.
    pub fn pooled(&self) -> [usize; 2] {
        [0, 1].map(|a| (self.image[a] + self.pads[2 * a] + self.pads[2 * a + 1] - self.kernel[a]) / self.stride[a] + 1)
    }

    /// The places of the image in window (oh, ow), in reading order.
    fn places(&self, oh: usize, ow: usize) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        for i in 0..self.kernel[0] {
            for j in 0..self.kernel[1] {
                let h = (oh * self.stride[0] + i) as isize - self.pads[0] as isize;
                let w = (ow * self.stride[1] + j) as isize - self.pads[2] as isize;
                if (0..self.image[0] as isize).contains(&h) && (0..self.image[1] as isize).contains(&w) {
                    places.push((h as usize, w as usize));
                }
            }
        }
        places
    }

    /// Calls `each(position of the window in y, positions of its places in x)` for every window of every plane.
    fn windows(&self, planes: usize, mut each: impl FnMut(usize, &[usize])) {
        let [oh, ow] = self.pooled();
        for plane in 0..planes {
            for i in 0..oh {
                for j in 0..ow {
                    let places: Vec<_> = self
                        .places(i, j)
                        .into_iter()
                        .map(|(h, w)| (plane * self.image[0] + h) * self.image[1] + w)
                        .collect();
                    each((plane * oh + i) * ow + j, &places);
                }
            }
        }
    }

    fn count(&self, planes: usize) -> usize {
        planes * self.image[0] * self.image[1]
    }

    fn pooled_count(&self, planes: usize) -> usize {
        planes * self.pooled()[0] * self.pooled()[1]
    }
}

/// PyTorch's rule: the first of equal maxima, but the last NaN.
fn winner(x: &[f64], places: &[usize]) -> usize {
    match places.iter().rev().find(|&&p| x[p].is_nan()) {
        Some(&nan) => nan,
        None => {
            let top = places.iter().map(|&p| x[p]).fold(f64::NEG_INFINITY, f64::max);
            places.iter().copied().find(|&p| x[p] == top).unwrap_or_default()
        }
    }
}

/// The largest of each window.
pub fn max_pool2d(x: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut y = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| y[o] = x[winner(x, places)]);
    y
}

/// Scatter form: each window adds its dy to its maximum. The kernel gathers.
pub fn max_pool2d_grad_input(x: &[f64], dy: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut dx = vec![0.0; p.count(planes)];
    p.windows(planes, |o, places| dx[winner(x, places)] += dy[o]);
    dx
}

/// What `v` has where each window of `x` has its maximum.
pub fn max_pool2d_gather(x: &[f64], v: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut dy = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| dy[o] = v[winner(x, places)]);
    dy
}

/// The mean of each window's places in the image.
pub fn avg_pool2d(x: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut y = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| y[o] = places.iter().map(|&p| x[p]).sum::<f64>() / places.len() as f64);
    y
}

/// Each window shares its dy among its places.
pub fn avg_pool2d_grad_input(dy: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut dx = vec![0.0; p.count(planes)];
    p.windows(planes, |o, places| places.iter().for_each(|&p| dx[p] += dy[o] / places.len() as f64));
    dx
}
