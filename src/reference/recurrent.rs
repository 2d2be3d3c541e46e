//! Recurrent cells step by step, and their gradients by going back step by step.

/// Steps, rows of the batch, units.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// T
    pub steps: usize,
    /// N
    pub n: usize,
    /// H
    pub units: usize,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Sequence {
    /// `weight` (gates,H) times a row of units.
    fn times(&self, weight: &[f64], row: &[f64]) -> Vec<f64> {
        weight.chunks(self.units).map(|w| w.iter().zip(row).map(|(w, h)| w * h).sum()).collect()
    }

    /// The transposed `weight` times a number a gate.
    fn back(&self, weight: &[f64], gates: &[f64]) -> Vec<f64> {
        (0..self.units).map(|k| gates.iter().enumerate().map(|(j, d)| d * weight[j * self.units + k]).sum()).collect()
    }

    /// What row `b` of the batch has at step `t`, of `width` numbers.
    fn row<'a>(&self, x: &'a [f64], t: usize, b: usize, width: usize) -> &'a [f64] {
        &x[(t * self.n + b) * width..][..width]
    }

    /// `weight h[t-1] + bias` at every step: (T,N,gates).
    pub fn hidden(&self, h: &[f64], start: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let mut all = Vec::new();
        for t in 0..self.steps {
            for b in 0..self.n {
                let before = if t == 0 { self.row(start, 0, b, self.units) } else { self.row(h, t - 1, b, self.units) };
                all.extend(self.times(weight, before).iter().zip(bias).map(|(u, bias)| u + bias));
            }
        }
        all
    }

    /// `gates` (T,N,H), `start` (N,H), `weight` (H,H), `bias` (H) -> (T,N,H).
    pub fn rnn(&self, gates: &[f64], start: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let Self { steps, n, units } = *self;
        let mut h = start.to_vec();
        let mut all = Vec::new();
        for t in 0..steps {
            for (b, h) in (0..n).zip(h.chunks_mut(units)) {
                let (g, u) = (self.row(gates, t, b, units), self.times(weight, h));
                for k in 0..units {
                    h[k] = (g[k] + u[k] + bias[k]).tanh();
                }
            }
            all.extend_from_slice(&h);
        }
        all
    }

    /// The gradients of what `rnn` adds at every step, (T,N,2H): of the gates, and of the state before.
    pub fn rnn_grad_gates(&self, [y, weight, dy]: [&[f64]; 3]) -> Vec<f64> {
        let Self { steps, n, units } = *self;
        let mut all = vec![0.0; steps * n * 2 * units];
        for b in 0..n {
            let mut later = vec![0.0; units];
            for t in (0..steps).rev() {
                let (now, d) = (self.row(y, t, b, units), self.row(dy, t, b, units));
                let of_gates: Vec<_> = (0..units).map(|k| (later[k] + d[k]) * (1.0 - now[k] * now[k])).collect();
                later = self.back(weight, &of_gates);
                all[(t * n + b) * 2 * units..][..2 * units].copy_from_slice(&[of_gates, later.clone()].concat());
            }
        }
        all
    }

    /// `gates` (T,N,3H) in the order r, z, n, `start` (N,H), `weight` (3H,H), `bias` (3H) -> (T,N,H).
    pub fn gru(&self, gates: &[f64], start: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let Self { steps, n, units } = *self;
        let mut h = start.to_vec();
        let mut all = Vec::new();
        for t in 0..steps {
            for b in 0..n {
                let g = self.row(gates, t, b, 3 * units);
                let u = self.times(weight, &h[b * units..][..units]);
                let mut next = Vec::new();
                for k in 0..units {
                    let of = |gate: usize| u[gate * units + k] + bias[gate * units + k];
                    let r = logistic(g[k] + of(0));
                    let z = logistic(g[units + k] + of(1));
                    let new = (g[2 * units + k] + r * of(2)).tanh();
                    next.push((1.0 - z) * new + z * h[b * units + k]);
                }
                h[b * units..][..units].copy_from_slice(&next);
            }
            all.extend_from_slice(&h);
        }
        all
    }

    /// The gradients of what `gru` adds at every step, (T,N,5H): of g_r, g_z, g_n, of `weight h + bias` of n, and of the state before.
    pub fn gru_grad_gates(&self, [gates, hidden, y, start, weight, dy]: [&[f64]; 6]) -> Vec<f64> {
        let Self { steps, n, units } = *self;
        let mut all = vec![0.0; steps * n * 5 * units];
        for b in 0..n {
            let mut later = vec![0.0; units];
            for t in (0..steps).rev() {
                let (g, u) = (self.row(gates, t, b, 3 * units), self.row(hidden, t, b, 3 * units));
                let before = if t == 0 { self.row(start, 0, b, units) } else { self.row(y, t - 1, b, units) };
                let mut through = vec![0.0; 3 * units];
                let out = &mut all[(t * n + b) * 5 * units..][..5 * units];
                for k in 0..units {
                    let [r, z] = [0, 1].map(|gate| logistic(g[gate * units + k] + u[gate * units + k]));
                    let un = u[2 * units + k];
                    let new = (g[2 * units + k] + r * un).tanh();
                    let e = later[k] + self.row(dy, t, b, units)[k];
                    let dn = e * (1.0 - z) * (1.0 - new * new);
                    out[k] = dn * un * r * (1.0 - r);
                    out[units + k] = e * (before[k] - new) * z * (1.0 - z);
                    out[2 * units + k] = dn;
                    out[3 * units + k] = dn * r;
                    for (gate, value) in [out[k], out[units + k], dn * r].into_iter().enumerate() {
                        through[gate * units + k] = value;
                    }
                    later[k] = e * z;
                }
                for (k, more) in self.back(weight, &through).into_iter().enumerate() {
                    later[k] += more;
                }
                out[4 * units..].copy_from_slice(&later);
            }
        }
        all
    }

    /// `gates` (T,N,4H) in the order i, f, g, o, `start` (N,2H): h and c, `weight` (4H,H), `bias` (4H) -> (T,N,2H).
    pub fn lstm(&self, gates: &[f64], start: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let Self { steps, n, units } = *self;
        let mut state = start.to_vec();
        let mut all = Vec::new();
        for t in 0..steps {
            for b in 0..n {
                let g = self.row(gates, t, b, 4 * units);
                let (h, c) = state[b * 2 * units..][..2 * units].split_at_mut(units);
                let u = self.times(weight, h);
                for k in 0..units {
                    let of = |gate: usize| g[gate * units + k] + u[gate * units + k] + bias[gate * units + k];
                    c[k] = logistic(of(1)) * c[k] + logistic(of(0)) * of(2).tanh();
                    h[k] = logistic(of(3)) * c[k].tanh();
                }
            }
            all.extend_from_slice(&state);
        }
        all
    }

    /// The gradients of what `lstm` adds at every step, (T,N,6H): of i, f, g, o before their functions, and of h and c before.
    /// `gates` are all that goes into them.
    pub fn lstm_grad_gates(&self, [gates, y, start, weight, dy]: [&[f64]; 5]) -> Vec<f64> {
        let Self { steps, n, units } = *self;
        let mut all = vec![0.0; steps * n * 6 * units];
        for b in 0..n {
            let (mut later_h, mut later_c) = (vec![0.0; units], vec![0.0; units]);
            for t in (0..steps).rev() {
                let g = self.row(gates, t, b, 4 * units);
                let (now, d) = (self.row(y, t, b, 2 * units), self.row(dy, t, b, 2 * units));
                let before = if t == 0 { self.row(start, 0, b, 2 * units) } else { self.row(y, t - 1, b, 2 * units) };
                let out = &mut all[(t * n + b) * 6 * units..][..6 * units];
                for k in 0..units {
                    let [i, f, o] = [0, 1, 3].map(|gate| logistic(g[gate * units + k]));
                    let new = g[2 * units + k].tanh();
                    let bent = now[units + k].tanh();
                    let e = later_h[k] + d[k];
                    let c = later_c[k] + d[units + k] + e * o * (1.0 - bent * bent);
                    out[k] = c * new * i * (1.0 - i);
                    out[units + k] = c * before[units + k] * f * (1.0 - f);
                    out[2 * units + k] = c * i * (1.0 - new * new);
                    out[3 * units + k] = e * bent * o * (1.0 - o);
                    later_c[k] = c * f;
                }
                later_h = self.back(weight, &out[..4 * units]);
                out[4 * units..5 * units].copy_from_slice(&later_h);
                out[5 * units..].copy_from_slice(&later_c);
            }
        }
        all
    }
}
