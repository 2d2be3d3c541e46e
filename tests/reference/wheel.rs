//! A wheel of musicnn whose weights are noise, with checkpoints as TensorFlow writes them, and what its network means in f64.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use tunevote::reference::compare::noise;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Tensors by TensorFlow's names: shape and values.
pub type Checkpoint = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Filters, frames and rows of the convolutions, in TensorFlow's order.
const CONVOLUTIONS: [[usize; 3]; 8] =
    [[204, 7, 38], [204, 7, 67], [51, 128, 1], [51, 64, 1], [51, 32, 1], [64, 7, 561], [64, 7, 64], [64, 7, 64]];
const BATCH_NORMS: [usize; 11] = [1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200];

pub fn numbered(base: &str, number: usize) -> String {
    if number == 0 { base.to_owned() } else { format!("{base}_{number}") }
}

/// The network with noise for weights, and some of what else a checkpoint holds. Half of the batch norms' scales are negative.
pub fn checkpoint(seed: u32) -> Checkpoint {
    let mut all = Checkpoint::new();
    let mut drawn = seed;
    let mut put = |name: String, shape: &[usize], scale: f32, offset: f32| {
        drawn += 1;
        let values = noise(shape.iter().product(), drawn).iter().map(|v| scale * v + offset).collect();
        all.insert(name, (shape.to_vec(), values));
    };
    for (number, [filters, frames, rows]) in CONVOLUTIONS.into_iter().enumerate() {
        let layer = numbered("conv2d", number);
        let scale = 2.0 / ((frames * rows) as f32).sqrt();
        put(format!("{layer}/kernel"), &[frames, rows, 1, filters], scale, 0.0);
        put(format!("{layer}/kernel/Adam"), &[frames, rows, 1, filters], scale, 0.0);
        put(format!("{layer}/bias"), &[filters], 0.3, 0.0);
    }
    for (number, c) in BATCH_NORMS.into_iter().enumerate() {
        let layer = numbered("batch_normalization", number);
        put(format!("{layer}/gamma"), &[c], 1.0, 0.0);
        put(format!("{layer}/beta"), &[c], 0.5, 0.0);
        put(format!("{layer}/moving_mean"), &[c], 0.5, 0.3);
        put(format!("{layer}/moving_variance"), &[c], 0.5, 0.8);
    }
    for (number, [features, out]) in [[1506, 200], [200, 50]].into_iter().enumerate() {
        let layer = numbered("dense", number);
        put(format!("{layer}/kernel"), &[features, out], 2.0 / (features as f32).sqrt(), 0.0);
        put(format!("{layer}/bias"), &[out], 0.3, 0.0);
    }
    put("beta1_power".into(), &[], 1.0, 0.0);
    all
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn tagged(field: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A block of a table with a restart point every four keys, and what follows it: compression and checksum.
pub fn block(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut restarts, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (key, value)) in entries.iter().enumerate() {
        let shared = match number % 4 {
            0 => {
                restarts.push(bytes.len() as u32);
                0
            }
            _ => key.iter().zip(&last).take_while(|(a, b)| a == b).count(),
        };
        bytes.extend(varint(shared as u64));
        bytes.extend(varint((key.len() - shared) as u64));
        bytes.extend(varint(value.len() as u64));
        bytes.extend(&key[shared..]);
        bytes.extend(value);
        last.clone_from(key);
    }
    restarts.iter().for_each(|at| bytes.extend(at.to_le_bytes()));
    bytes.extend((restarts.len() as u32).to_le_bytes());
    bytes.extend([0; 5]);
    bytes
}

/// A table of these entries in blocks of ten.
pub fn table(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut index) = (Vec::new(), Vec::new());
    let handle = |at: usize, block: &[u8]| [varint(at as u64), varint(block.len() as u64 - 5)].concat();
    for part in entries.chunks(10) {
        let block = block(part);
        index.push((part[part.len() - 1].0.clone(), handle(bytes.len(), &block)));
        bytes.extend(block);
    }
    let meta = block(&[]);
    let mut footer = handle(bytes.len(), &meta);
    bytes.extend(meta);
    let index = block(&index);
    footer.extend(handle(bytes.len(), &index));
    bytes.extend(index);
    footer.resize(40, 0);
    footer.extend(0xdb47_7524_8b80_fb57u64.to_le_bytes());
    bytes.extend(footer);
    bytes
}

/// Index and data of a checkpoint of one shard.
pub fn bundle(all: &Checkpoint) -> (Vec<u8>, Vec<u8>) {
    let mut data = Vec::new();
    let mut entries = vec![(Vec::new(), [varint(1 << 3), varint(1), tagged(3, &[8, 1])].concat())];
    for (name, (shape, values)) in all {
        let sizes: Vec<_> =
            shape.iter().flat_map(|&size| tagged(2, &[varint(1 << 3), varint(size as u64)].concat())).collect();
        // Type 1, shape, offset, size, checksum; a field that is 0 is left out.
        let mut message = [varint(1 << 3), varint(1), tagged(2, &sizes)].concat();
        if !data.is_empty() {
            message.extend([varint(4 << 3), varint(data.len() as u64)].concat());
        }
        message.extend([varint(5 << 3), varint(4 * values.len() as u64)].concat());
        message.extend([varint(6 << 3 | 5), vec![1, 2, 3, 4]].concat());
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        entries.push((name.clone().into_bytes(), message));
    }
    (table(&entries), data)
}

/// A wheel with both sets, of the seeds 1 and 2.
pub fn wheel() -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8]| {
        archive.start_file(format!("musicnn/{name}"), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    };
    let tags = |set: &str| (0..50).map(|tag| format!("'{set} {tag}'")).collect::<Vec<_>>().join(",");
    let lists = format!("SR = 16000\n\nMTT_LABELS = [{}]\nMSD_LABELS = [{}]\n", tags("m"), tags("s"));
    put("configuration.py", lists.as_bytes());
    for (set, seed) in [("MSD_musicnn", 1), ("MTT_musicnn", 2)] {
        let (index, data) = bundle(&checkpoint(100 * seed));
        put(&format!("{set}/.index"), &index);
        put(&format!("{set}/.data-00000-of-00001"), &data);
    }
    archive.finish().unwrap().into_inner()
}

type Rows = Vec<Vec<f64>>;

/// The network in TensorFlow's own order, on a picture (frames, bands): the embedding, and the tags' scores.
pub fn musicnn(weights: &Checkpoint, picture: &Rows) -> (Vec<f64>, Vec<f64>) {
    let all = |name: String| -> Vec<f64> { weights[&name].1.iter().map(|&v| f64::from(v)).collect() };
    let norm = |number: usize, channel: usize, x: f64| {
        let part =
            |what: &str| f64::from(weights[&format!("{}/{what}", numbered("batch_normalization", number))].1[channel]);
        (x - part("moving_mean")) / (part("moving_variance") + 1e-3).sqrt() * part("gamma") + part("beta")
    };
    // Windows of all frames and some rows, at every height, and of those the largest; time is padded as TensorFlow's SAME.
    let windows = |number: usize, x: &Rows| -> Rows {
        let [filters, frames, rows] = CONVOLUTIONS[number];
        let layer = numbered("conv2d", number);
        let (kernel, bias) = (all(format!("{layer}/kernel")), all(format!("{layer}/bias")));
        let before = (frames - 1) / 2;
        let mut out = vec![vec![f64::NEG_INFINITY; filters]; x.len()];
        for (t, out) in out.iter_mut().enumerate() {
            for height in 0..=x[0].len() - rows {
                let mut sums = bias.clone();
                for frame in (0..frames).filter(|frame| (before..x.len() + before).contains(&(t + frame))) {
                    let seen = &x[t + frame - before][height..height + rows];
                    for (row, value) in seen.iter().enumerate() {
                        let weights = &kernel[(frame * rows + row) * filters..][..filters];
                        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * value);
                    }
                }
                for (filter, sum) in sums.into_iter().enumerate() {
                    out[filter] = out[filter].max(norm(number + 1, filter, sum.max(0.0)));
                }
            }
        }
        out
    };
    let beside = |a: &Rows, b: &Rows| -> Rows { a.iter().zip(b).map(|(a, b)| [a.as_slice(), b].concat()).collect() };
    let plus = |a: &Rows, b: &Rows| -> Rows {
        let sum = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
        a.iter().zip(b).map(sum).collect()
    };
    let x: Rows = picture.iter().map(|row| row.iter().map(|&value| norm(0, 0, value)).collect()).collect();
    let front = (1..5).fold(windows(0, &x), |front, number| beside(&front, &windows(number, &x)));
    let first = windows(5, &front);
    let second = plus(&windows(6, &first), &first);
    let third = plus(&windows(7, &second), &second);
    let features = [&first, &second, &third].into_iter().fold(front, |all, more| beside(&all, more));
    let mut pooled = Vec::new();
    for feature in 0..features[0].len() {
        let column: Vec<f64> = features.iter().map(|row| row[feature]).collect();
        pooled.push(column.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        pooled.push(column.iter().sum::<f64>() / column.len() as f64);
    }
    let pooled: Vec<_> = pooled.into_iter().enumerate().map(|(i, x)| norm(9, i, x)).collect();
    let dense = |number: usize, x: &[f64]| -> Vec<f64> {
        let layer = numbered("dense", number);
        let (kernel, mut sums) = (all(format!("{layer}/kernel")), all(format!("{layer}/bias")));
        let out = sums.len();
        for (i, value) in x.iter().enumerate() {
            sums.iter_mut().zip(&kernel[i * out..]).for_each(|(sum, weight)| *sum += weight * value);
        }
        sums
    };
    let embedding: Vec<_> = dense(0, &pooled).into_iter().enumerate().map(|(i, x)| norm(10, i, x.max(0.0))).collect();
    let scores = dense(1, &embedding).into_iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect();
    (embedding, scores)
}
