//! Weights to start a training from: those of a model file, or of a safetensors file with the names of torchvision or timm.
//!
//! Our variables have their names there, but for the last part: batch norm and layer norm call `gamma` and `beta` there `weight` and `bias`, batch norm's `stats` are
//! `running_mean` and `running_var`, and the matrix of a dense layer is stored transposed. torchvision's vision transformers have names of their own for timm's.

use std::path::Path;

use crate::error::{Error, Result};
use crate::models::vit::{PATCHES, POSITIONS};
use crate::nn::Net;
use crate::shape::{Shape, between};
use crate::weights::{CARD, Card, Tensors, Values};

/// What a file has for a network.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Weights by our names.
    pub values: Values,
    /// Variables that the file does not have.
    pub missing: Vec<String>,
    /// Variables that it has in another shape, with both: they are not taken.
    pub unlike: Vec<String>,
    /// Tensors of the file that the network has no use for, by the file's names.
    pub surplus: Vec<String>,
    /// What a model of this program says of itself.
    pub card: Option<Card>,
}

/// Shape and values.
type Tensor = (Vec<usize>, Vec<f32>);

/// What stands before all names in files of some programs.
const WRAPPERS: [&str; 3] = ["module.", "model.", "backbone."];
/// What a file counts for its own sake.
const COUNTER: &str = "num_batches_tracked";

/// torchvision's names in vision transformers, and timm's.
const TRANSFORMERS: [(&str, &str); 14] = [
    ("class_token", "cls_token"),
    ("conv_proj.", "patch_embed.proj."),
    ("encoder.pos_embedding", POSITIONS),
    ("encoder.layers.encoder_layer_", "blocks."),
    ("encoder.ln.", "norm."),
    (".ln_1.", ".norm1."),
    (".ln_2.", ".norm2."),
    (".self_attention.in_proj_", ".attn.qkv."),
    (".self_attention.out_proj.", ".attn.proj."),
    (".mlp.linear_1.", ".mlp.fc1."),
    (".mlp.linear_2.", ".mlp.fc2."),
    (".mlp.0.", ".mlp.fc1."),
    (".mlp.3.", ".mlp.fc2."),
    ("heads.head.", "head."),
];

/// Patches down and across of the pictures that a transformer learnt from, if its file says so, and of those that it shall read.
#[derive(Clone, Copy)]
struct Patches {
    from: Option<[usize; 2]>,
    to: [usize; 2],
}

impl Start {
    /// Reads a file for a network on slices of this height and width.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Weights`] if it is no safetensors file, holds what is no number, or nothing for this network.
    pub fn read(path: &Path, net: &Net, slice: [usize; 2]) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
        let (tensors, metadata) = Tensors::parse_those(&bytes, &|name| !name.ends_with(COUNTER)).map_err(wrong)?;
        let start = match metadata.get(CARD) {
            Some(card) => {
                let card = Card::parse(card).map_err(wrong)?;
                let theirs = card.front_end.slices().size();
                let start = Self::of(tensors.into_values(), net, slice, Some(theirs), own);
                start.map(|start| Self { card: Some(card), ..start })
            }
            None => Self::from_foreign(tensors.into_values(), net, slice),
        };
        let start = start.map_err(wrong)?;
        if start.values.is_empty() {
            let expected: Vec<_> = net.kept().into_iter().take(3).map(|(name, _)| name).collect();
            return Err(wrong(format!("has nothing for this network, whose weights are {}, …", expected.join(", "))));
        }
        Ok(start)
    }

    /// What tensors with the names of torchvision or timm have for a network on slices of this height and width.
    ///
    /// # Errors
    /// What is wrong, naming the tensor.
    pub fn from_foreign(tensors: Values, net: &Net, slice: [usize; 2]) -> Result<Self, String> {
        Self::of(renamed(tensors), net, slice, None, foreign)
    }

    /// `theirs` are the height and width of the slices that the tensors learnt from, where they are known.
    fn of(
        mut tensors: Values,
        net: &Net,
        slice: [usize; 2],
        theirs: Option<[usize; 2]>,
        find: fn(&mut Values, &str, &Shape) -> Option<Tensor>,
    ) -> Result<Self, String> {
        let kept = net.kept();
        let window =
            kept.iter().find(|(name, _)| *name == PATCHES).map(|(_, shape)| [shape.dims()[2], shape.dims()[3]]);
        let count = |window: [usize; 2], slice: [usize; 2]| [0, 1].map(|axis| slice[axis] / window[axis]);
        let patches =
            window.map(|window| Patches { from: theirs.map(|theirs| count(window, theirs)), to: count(window, slice) });
        let mut start = Self::default();
        for (name, shape) in kept {
            let Some((mut theirs, mut values)) = find(&mut tensors, name, shape) else {
                start.missing.push(name.to_owned());
                continue;
            };
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return Err(format!("the tensor for {name} holds {value}"));
            }
            if name == POSITIONS
                && let (&[1, _, dim], &[1, tokens, other]) = (shape.dims(), theirs.as_slice())
                && let Some(Patches { from, to }) = patches
                && let Some(from) = from.or_else(|| square(tokens.max(1) - 1))
                && (dim, tokens) == (other, 1 + from[0] * from[1])
            {
                values = moved(&values, dim, from, to);
                theirs = shape.dims().to_vec();
            }
            if theirs == shape.dims() {
                start.values.insert(name.to_owned(), (theirs, values));
            } else {
                start.unlike.push(format!("{name} is {} there and {shape} here", Shape::from(theirs)));
            }
        }
        start.surplus = tensors.into_keys().collect();
        Ok(start)
    }

    /// How much was taken and what was not, for people.
    pub fn summary(&self) -> String {
        let parts = [("missing", &self.missing), ("of another shape", &self.unlike), ("not used", &self.surplus)];
        let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
        let parts: Vec<_> = parts.map(|(what, names)| format!("; {what}: {}", some(names))).collect();
        format!("{} tensors are taken{}", self.values.len(), parts.concat())
    }
}

/// Tensors by the names that are timm's, without what stands before all of them.
fn renamed(tensors: Values) -> Values {
    let wrapper = WRAPPERS.into_iter().find(|wrapper| tensors.keys().all(|name| name.starts_with(wrapper)));
    let transformer = tensors.keys().any(|name| name.contains("encoder.layers."));
    let timm = |name: String| {
        let name = name.strip_prefix(wrapper.unwrap_or_default()).unwrap_or(&name).to_owned();
        let rename = |name: String, (from, to): (&str, &str)| name.replacen(from, to, 1);
        if transformer { TRANSFORMERS.into_iter().fold(name, rename) } else { name }
    };
    tensors
        .into_iter()
        .filter(|(name, _)| !name.ends_with(COUNTER))
        .map(|(name, tensor)| (timm(name), tensor))
        .collect()
}

/// A variable of ours in a file of ours.
fn own(tensors: &mut Values, name: &str, _: &Shape) -> Option<Tensor> {
    tensors.remove(name)
}

/// The same among tensors with timm's names, brought into our form.
fn foreign(tensors: &mut Values, name: &str, shape: &Shape) -> Option<Tensor> {
    let (layer, part) = name.rsplit_once('.').unwrap_or(("", name));
    let mut take = |part: &str| tensors.remove(&format!("{layer}.{part}"));
    match (part, shape.rank()) {
        ("gamma", _) => take("weight"),
        ("beta", _) => take("bias"),
        ("stats", _) => {
            let (shape, mean) = take("running_mean")?;
            let (_, variance) = take("running_var")?;
            Some(([vec![2], shape].concat(), [mean, variance].concat()))
        }
        ("weight", 2) => Some(transposed(take("weight")?)),
        _ => tensors.remove(name),
    }
}

/// A matrix by columns; other tensors stay.
fn transposed((shape, values): Tensor) -> Tensor {
    let &[rows, columns] = shape.as_slice() else { return (shape, values) };
    let turned = (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied());
    (vec![columns, rows], turned.collect())
}

/// The sides of a square of so many patches.
fn square(count: usize) -> Option<[usize; 2]> {
    let side = count.isqrt();
    (side > 0 && side * side == count).then_some([side; 2])
}

/// Positions (1 + patches, dim) of a picture of so many patches down and across for another one: the first as it is, the others straight between the middles of their
/// neighbours, beyond the outermost as those.
fn moved(values: &[f32], dim: usize, from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let near = |axis: usize, at: usize| between(from[axis], to[axis], at);
    let mut all = values[..dim].to_vec();
    for row in 0..to[0] {
        for column in 0..to[1] {
            let mut sums = vec![0.0; dim];
            for (row, down) in near(0, row) {
                for (column, across) in near(1, column) {
                    let at = (1 + row * from[1] + column) * dim;
                    let there = &values[at..at + dim];
                    sums.iter_mut().zip(there).for_each(|(sum, &value)| *sum += down * across * f64::from(value));
                }
            }
            all.extend(sums.into_iter().map(|sum| sum as f32));
        }
    }
    all
}

/// A few names, and how many more.
fn some(names: &[String]) -> String {
    const MOST: usize = 6;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_move_with_their_places() {
        // A first token, and patches whose positions are their row and their column.
        let theirs: Vec<f32> =
            [[9.0, 9.0]].into_iter().chain((0..4).map(|i| [(i / 2) as f32, (i % 2) as f32])).flatten().collect();
        assert_eq!(moved(&theirs, 2, [2, 2], [2, 2]), theirs);
        let wide = moved(&theirs, 2, [2, 2], [1, 4]);
        assert_eq!(wide, [9.0, 9.0, 0.5, 0.0, 0.5, 0.25, 0.5, 0.75, 0.5, 1.0]);
    }

    #[test]
    fn only_whole_squares_have_sides() {
        assert_eq!([0, 1, 3, 49, 50, 196].map(square), [None, Some([1; 2]), None, Some([7; 2]), None, Some([14; 2])]);
    }

    #[test]
    fn matrices_are_turned() {
        assert_eq!(
            transposed((vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            (vec![3, 2], vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0])
        );
    }

    #[test]
    fn names_of_torchvision_become_timms() {
        let tensor = || (vec![1], vec![0.0]);
        let theirs = [
            "class_token",
            "encoder.layers.encoder_layer_3.self_attention.in_proj_weight",
            "encoder.layers.encoder_layer_11.mlp.3.bias",
            "encoder.ln.weight",
            "heads.head.bias",
        ];
        let ours = renamed(theirs.map(|name| (name.to_owned(), tensor())).into());
        let names: Vec<_> = ours.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["blocks.11.mlp.fc2.bias", "blocks.3.attn.qkv.weight", "cls_token", "head.bias", "norm.weight"]
        );
        let wrapped = renamed(
            [("module.fc.bias".to_owned(), tensor()), ("module.bn1.num_batches_tracked".to_owned(), tensor())].into(),
        );
        assert_eq!(wrapped.keys().collect::<Vec<_>>(), ["fc.bias"]);
    }
}
