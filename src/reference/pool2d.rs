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

    /// The places of the image in window (oh, ow), in reading order: each one's number in the window, and where it is.
    fn places(&self, oh: usize, ow: usize) -> Vec<(usize, [usize; 2])> {
        let mut places = Vec::new();
        for i in 0..self.kernel[0] {
            for j in 0..self.kernel[1] {
                let h = (oh * self.stride[0] + i) as isize - self.pads[0] as isize;
                let w = (ow * self.stride[1] + j) as isize - self.pads[2] as isize;
                if (0..self.image[0] as isize).contains(&h) && (0..self.image[1] as isize).contains(&w) {
                    places.push((i * self.kernel[1] + j, [h as usize, w as usize]));
                }
            }
        }
        places
    }

    /// Calls `each(position of the window in y, its places)` for every window of every plane.
    fn windows(&self, planes: usize, mut each: impl FnMut(usize, &[Place])) {
        let [oh, ow] = self.pooled();
        for plane in 0..planes {
            for i in 0..oh {
                for j in 0..ow {
                    let places: Vec<_> = self
                        .places(i, j)
                        .into_iter()
                        .map(|(number, [h, w])| Place { number, at: (plane * self.image[0] + h) * self.image[1] + w })
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

/// A place of the image in a window.
#[derive(Clone, Copy)]
struct Place {
    /// In reading order, those in the padding counted too.
    number: usize,
    /// Its position in x.
    at: usize,
}

/// PyTorch's rule: the first of equal maxima, but the last NaN.
fn winner(x: &[f64], places: &[Place]) -> Place {
    let top = places.iter().map(|p| x[p.at]).fold(f64::NEG_INFINITY, f64::max);
    let nan = places.iter().rfind(|p| x[p.at].is_nan());
    *nan.or_else(|| places.iter().find(|p| x[p.at] == top)).unwrap_or(&places[0])
}

/// The largest of each window.
pub fn max_pool2d(x: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut y = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| y[o] = x[winner(x, places).at]);
    y
}

/// The number of each maximum's place in its window.
pub fn max_pool2d_places(x: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut numbers = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| numbers[o] = winner(x, places).number as f64);
    numbers
}

/// Scatter form: each window adds its dy to the place of this number. The kernel gathers.
pub fn max_pool2d_grad_input(numbers: &[f64], dy: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut dx = vec![0.0; p.count(planes)];
    p.windows(planes, |o, places| {
        places.iter().filter(|place| place.number as f64 == numbers[o]).for_each(|place| dx[place.at] += dy[o]);
    });
    dx
}

/// What `v` has at the place of this number of each window.
pub fn max_pool2d_gather(numbers: &[f64], v: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut dy = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| {
        places.iter().filter(|place| place.number as f64 == numbers[o]).for_each(|place| dy[o] = v[place.at]);
    });
    dy
}

/// The mean of each window's places in the image.
pub fn avg_pool2d(x: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut y = vec![0.0; p.pooled_count(planes)];
    p.windows(planes, |o, places| y[o] = places.iter().map(|p| x[p.at]).sum::<f64>() / places.len() as f64);
    y
}

/// Each window shares its dy among its places.
pub fn avg_pool2d_grad_input(dy: &[f64], planes: usize, p: Pooling) -> Vec<f64> {
    let mut dx = vec![0.0; p.count(planes)];
    p.windows(planes, |o, places| places.iter().for_each(|p| dx[p.at] += dy[o] / places.len() as f64));
    dx
}
