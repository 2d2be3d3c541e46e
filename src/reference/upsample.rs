//! Enlarged images, as a sum of each pixel's shares.

/// The share of small pixel `small` of `size` in large pixel `large` along one axis, `factor` times as long: a tent around the middle of
/// the small one, which outside the outermost middles stays at its height.
pub fn share(large: usize, small: usize, factor: usize, size: usize, linear: bool) -> f64 {
    if !linear {
        return f64::from(u8::from(large / factor == small));
    }
    let at = ((large as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (size - 1) as f64);
    (1.0 - (at - small as f64).abs()).max(0.0)
}

/// Sizes of a small image, and how often it is enlarged.
#[derive(Clone, Copy, Debug)]
pub struct Enlarged {
    /// Height and width.
    pub image: [usize; 2],
    /// For each.
    pub factor: [usize; 2],
    /// Between middles, not in blocks.
    pub linear: bool,
}

impl Enlarged {
    fn terms(&self, planes: usize, mut each: impl FnMut(usize, usize, f64)) {
        let Self { image: [h, w], factor: [fh, fw], linear } = *self;
        for plane in 0..planes {
            for (a, b) in (0..h * fh).flat_map(|a| (0..w * fw).map(move |b| (a, b))) {
                for (i, j) in (0..h).flat_map(|i| (0..w).map(move |j| (i, j))) {
                    let part = share(a, i, fh, h, linear) * share(b, j, fw, w, linear);
                    if part != 0.0 {
                        each((plane * h * fh + a) * w * fw + b, (plane * h + i) * w + j, part);
                    }
                }
            }
        }
    }

    /// (planes,H,W) -> (planes,H FH,W FW)
    pub fn upsample2d(&self, x: &[f64], planes: usize) -> Vec<f64> {
        let mut y = vec![0.0; x.len() * self.factor[0] * self.factor[1]];
        self.terms(planes, |large, small, part| y[large] += part * x[small]);
        y
    }

    /// (planes,H FH,W FW) -> (planes,H,W)
    pub fn upsample2d_grad_input(&self, dy: &[f64], planes: usize) -> Vec<f64> {
        let mut dx = vec![0.0; planes * self.image[0] * self.image[1]];
        self.terms(planes, |large, small, part| dx[small] += part * dy[large]);
        dx
    }
}
