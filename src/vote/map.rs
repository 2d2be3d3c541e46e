//! A JSON object whose keys keep the order of the labels.

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// One value a label, in the order of the labels. In JSON it is an object; a label that comes twice is an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByLabel<T>(pub Vec<(String, T)>);

impl<T> ByLabel<T> {
    /// Pairs `labels` with `values`; the shorter of the two decides.
    pub fn new(labels: &[impl AsRef<str>], values: impl IntoIterator<Item = T>) -> Self {
        Self(labels.iter().map(|l| l.as_ref().to_owned()).zip(values).collect())
    }

    /// The labels, in order.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|(label, _)| label.as_str())
    }

    /// The value of a label.
    pub fn get(&self, label: &str) -> Option<&T> {
        self.0.iter().find(|(l, _)| l == label).map(|(_, value)| value)
    }
}

impl<T: Serialize> Serialize for ByLabel<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (label, value) in &self.0 {
            map.serialize_entry(label, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByLabel<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = ByLabel<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object with one value a label")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, T)> = Vec::new();
                while let Some((label, value)) = map.next_entry::<String, T>()? {
                    if pairs.iter().any(|(seen, _)| *seen == label) {
                        return Err(A::Error::custom(format!("the label `{label}` comes twice")));
                    }
                    pairs.push((label, value));
                }
                Ok(ByLabel(pairs))
            }
        }

        deserializer.deserialize_map(Pairs(PhantomData))
    }
}
