//! Layer 6. What a network makes of songs, kept as a picture of its own: a column a slice.

use crate::error::Result;
use crate::gpu::Engine;
use crate::pictures::{Paint, Painter, Samples, Slicer};
use crate::predict::{Pending, Predictor};
use crate::signal::front_end::{FeatureFrontEnd, FrontEnd};

/// A network's answers as a picture: `network` tells its weights from others, `picture` is what it reads, `outputs` are its answers to a slice.
pub fn front_end(network: String, picture: FrontEnd, outputs: usize) -> FrontEnd {
    FrontEnd::Features(FeatureFrontEnd::new(network, picture, outputs as u32))
}

/// Makes a song's features.
#[derive(Debug)]
pub struct FeaturePainter {
    painter: Painter,
    predictor: Predictor,
}

impl FeaturePainter {
    /// The predictor reads slices of `picture`.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, picture: &FrontEnd, predictor: Predictor) -> Result<Self> {
        Ok(Self { painter: Painter::new(engine, picture)?, predictor })
    }
}

impl Paint for FeaturePainter {
    fn paint(&self, next: &mut Samples<'_>, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<u64> {
        let whole = self.predictor.batch() * self.predictor.slice();
        let mut slicer = Slicer::new(self.painter.front_end());
        let mut slices = Vec::with_capacity(whole);
        let (mut under_way, mut count): (Option<Pending>, u64) = (None, 0);
        self.painter.paint(next, &mut |columns| {
            slicer.push(columns, &mut |slice| {
                count += 1;
                slices.extend_from_slice(slice);
                if slices.len() < whole {
                    return Ok(());
                }
                // The batch before is waited for while this one is under way.
                let before = under_way.replace(self.predictor.start(&slices)?);
                slices.clear();
                before.map_or(Ok(()), |before| sink(&before.wait()?))
            })
        })?;
        if let Some(before) = under_way {
            sink(&before.wait()?)?;
        }
        if !slices.is_empty() {
            sink(&self.predictor.start(&slices)?.wait()?)?;
        }
        Ok(count)
    }
}
