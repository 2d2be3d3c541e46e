//! Pictures above one another.

use serde::{Deserialize, Serialize};

use super::decibels::Bands;
use super::{FrontEnd, Padding, SliceGeometry, require};
use crate::error::Result;

/// The rows of several front ends of one rate and hop, those of the first one first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackFrontEnd {
    /// The front ends: mel bands and constant-Q filters, whose slices are all their rows and as wide and as far apart as the stack's.
    pub parts: Vec<FrontEnd>,
    /// How the picture is cut.
    pub slices: SliceGeometry,
}

impl StackFrontEnd {
    /// All rows of the parts, in slices as wide and as far apart as the first one's.
    pub fn new(parts: Vec<FrontEnd>) -> Self {
        let height = parts.iter().map(FrontEnd::rows).sum();
        let first = parts.first().map_or(SliceGeometry { width: 1, height, first_row: 0, hop: 1 }, FrontEnd::slices);
        Self { parts, slices: SliceGeometry { height, first_row: 0, ..first } }
    }

    pub(super) fn bands(&self) -> Vec<Bands> {
        self.parts.iter().flat_map(FrontEnd::bands).collect()
    }

    /// What all parts have in common.
    pub(super) fn first(&self) -> Option<&FrontEnd> {
        self.parts.first()
    }

    pub(super) fn check(&self) -> Result<()> {
        let few = (1..=16).contains(&self.parts.len());
        require("stack", "parts", few, format!("a list of {}", self.parts.len()), "1 to 16")?;
        let alike = |part: &FrontEnd| -> Result<_> { Ok((part.rate(), part.samples_per_column()?, part.padding())) };
        let short = |part: &FrontEnd| part.bands().first().is_some_and(|bands| bands.short.is_some());
        for (number, part) in self.parts.iter().enumerate() {
            let field = |name: &str| format!("parts[{number}]{name}");
            let paints = matches!(part, FrontEnd::Mel(_) | FrontEnd::Cqt(_));
            require("stack", &field(".kind"), paints, part.kind(), "mel and cqt")?;
            part.check()?;
            let centred = part.padding() != Padding::None;
            require("stack", &field(".pad"), centred, "none", "zero and reflect, as frames have to be centred")?;
            let slices = SliceGeometry { height: part.rows(), first_row: 0, ..self.slices };
            let found = format!("{:?}", part.slices());
            require("stack", &field(".slices"), part.slices() == slices, found, format!("{slices:?}"))?;
            let (found, wanted) = (alike(part)?, alike(&self.parts[0])?);
            let names = format!("{found:?} (rate, hop, pad)");
            require("stack", &field(""), found == wanted, names, format!("{wanted:?} in all parts"))?;
            let (found, wanted) = (short(part), short(&self.parts[0]));
            require(
                "stack",
                &field(".short"),
                found == wanted,
                if found { "there" } else { "not there" },
                "all or none",
            )?;
        }
        self.slices.check("stack", self.parts.iter().map(FrontEnd::rows).sum())
    }
}
