//! Model files that are almost right: bytes choose what is wrong with the card, the tensors and the container around them.
//! Shared by the fuzz target `weights` and by `tests/host/weights.rs`.

use serde_json::{Map, Value, json};
use tunevote::models::System;
use tunevote::nn::Mode;
use tunevote::weights::Card;

/// Choices from bytes; 0 once they are used up, which everywhere means to leave things as they are.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Below `count`.
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count.max(1)
    }
}

/// A whole file. No bytes, or only zeros, give one that is right.
pub fn model_file(choices: &[u8]) -> Vec<u8> {
    let mut choices = Choices(choices);
    let system = System::named("compact").expect("a system of this build");
    let card = Card::new("compact", vec!["a".into(), "b".into()], system.front_end());
    let mut card: Value = serde_json::from_str(&card.to_json()).expect("a card is JSON");
    for _ in 0..choices.below(4) {
        change(&mut card, &mut choices);
    }
    let (net, _) = system.network(Mode::Inference, 1, [128, 128], 2).expect("its network");
    let mut tensors: Vec<_> = net
        .kept()
        .into_iter()
        .map(|(name, shape)| Stored {
            name: name.to_owned(),
            dtype: "F16",
            shape: shape.dims().to_vec(),
            bytes: None,
            fill: 0,
        })
        .collect();
    for _ in 0..choices.below(4) {
        spoil(&mut tensors, &mut choices);
    }
    container(&card, &tensors, &mut choices)
}

/// A tensor of the file; `bytes` is how long it is said to be, if not what follows from its shape.
struct Stored {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    bytes: Option<usize>,
    fill: u8,
}

const DTYPES: [(&str, usize); 9] = [
    ("F16", 16),
    ("F32", 32),
    ("BF16", 16),
    ("F64", 64),
    ("I64", 64),
    ("U8", 8),
    ("BOOL", 8),
    ("F4", 4),
    ("nothing", 8),
];

impl Stored {
    fn len(&self) -> usize {
        let bits = DTYPES.iter().find(|(name, _)| *name == self.dtype).map_or(8, |(_, bits)| *bits);
        let count = self.shape.iter().fold(1_usize, |count, &dim| count.saturating_mul(dim));
        self.bytes.unwrap_or_else(|| count.saturating_mul(bits) / 8)
    }
}

/// Values that a field of the card may hold instead of its own.
fn value(choices: &mut Choices) -> Value {
    match choices.below(12) {
        0 => json!(choices.byte()),
        1 => json!(f64::from(choices.byte()) / 255.0),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(u32::MAX),
        5 => json!(1e300),
        6 => json!(1_u64 << choices.below(64)),
        7 => Value::Null,
        8 => json!(["compact", "slice-cnn", "sox", "mel", "reflect", "zero", "none", "max", ""][choices.below(9)]),
        9 => json!([]),
        10 => json!({}),
        _ => Value::Array((0..choices.byte()).map(|i| json!(i.to_string())).collect()),
    }
}

/// Changes, removes or adds one thing somewhere in the card.
fn change(mut at: &mut Value, choices: &mut Choices) {
    loop {
        let count = match at {
            Value::Object(fields) => fields.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        let pick = choices.below(count + 2);
        // The two behind the last field: here, or one more or less here.
        if pick == count {
            *at = value(choices);
            return;
        }
        match at {
            Value::Object(fields) if pick == count + 1 => return resize(fields, choices),
            Value::Array(items) if pick == count + 1 => {
                let again = items.first().cloned();
                return items.push(again.unwrap_or_else(|| value(choices)));
            }
            Value::Object(fields) => at = fields.values_mut().nth(pick).expect("one of them"),
            Value::Array(items) => at = &mut items[pick],
            _ => return,
        }
    }
}

fn resize(fields: &mut Map<String, Value>, choices: &mut Choices) {
    let names: Vec<_> = fields.keys().cloned().collect();
    match names.get(choices.below(names.len() + 1)) {
        Some(name) => drop(fields.remove(name)),
        None => drop(fields.insert("more".into(), value(choices))),
    }
}

/// Makes one tensor wrong, or there too often or not at all.
fn spoil(tensors: &mut Vec<Stored>, choices: &mut Choices) {
    let kind = choices.below(10);
    let at = choices.below(tensors.len());
    let Some(tensor) = tensors.get_mut(at) else { return };
    match kind {
        0 => tensor.dtype = DTYPES[choices.below(DTYPES.len())].0,
        1 => tensor.shape.reverse(),
        2 => tensor.shape = (0..choices.below(5)).map(|_| choices.below(5)).collect(),
        3 => tensor.shape.push([1, 0, usize::MAX, 1 << 40][choices.below(4)]),
        4 => tensor.name = ["", "dense.weight", "__metadata__", "dense.bias", "\u{0}\"\\"][choices.below(5)].to_owned(),
        // 0xff makes NaN, 0x7c and 0xfc infinities in f16.
        5 => tensor.fill = choices.byte(),
        6 => tensor.bytes = Some(choices.below(64)),
        7 => drop(tensors.remove(at)),
        8 => tensors.push(Stored { name: "more".into(), dtype: "F32", shape: vec![2], bytes: None, fill: 0 }),
        _ => tensors.truncate(at),
    }
}

fn container(card: &Value, tensors: &[Stored], choices: &mut Choices) -> Vec<u8> {
    let mut header = Map::new();
    let mut data = Vec::new();
    let wrong = choices.below(24);
    let metadata = match wrong {
        1 => json!({}),
        2 => json!({ "tunevote": card }),
        _ => json!({ "tunevote": card.to_string() }),
    };
    if wrong != 3 {
        header.insert("__metadata__".into(), metadata);
    }
    for tensor in tensors {
        let begin = data.len();
        let end = begin.saturating_add(tensor.len());
        // What is too long to be there is only said to be.
        data.resize(end.min(begin + (8 << 20)), tensor.fill);
        let entry = json!({ "dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [begin, end] });
        header.insert(tensor.name.clone(), entry);
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    if wrong == 4 {
        let at = choices.below(header.len());
        header[at] = choices.byte();
    }
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut length = header.len() as u64;
    if wrong == 5 {
        length = length.wrapping_add(1 << choices.below(64));
    }
    let mut file = length.to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    if wrong == 6 {
        file.truncate(choices.below(256) * file.len() / 256);
    }
    file
}
