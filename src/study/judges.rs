//! Everything that is asked about a song.

use super::judged::{Judged, Look, Side};
use crate::data::PictureFile;
use crate::error::Result;
use crate::gan::halves;
use crate::predict::Predictor;
use crate::refine::SecondLook;
use crate::signal::front_end::SliceGeometry;
use crate::train::Songs;
use crate::vote::vote;
use crate::weights::Card;

/// All that is asked about a song.
pub(super) struct Judges<'a> {
    /// Reading A, reading B, reading B untrained.
    pub looks: [SecondLook; 3],
    pub purifier: Predictor,
    pub cnn: Predictor,
    /// RNN and CNN+RNN.
    pub others: [Predictor; 2],
    pub card: &'a Card,
}

impl Judges<'_> {
    /// None for a song without a slice.
    pub fn song(&self, side: Side, songs: Songs<'_>, index: usize) -> Result<Option<Judged>> {
        let geometry = self.card.front_end.slices();
        let Some(picture) = songs.gathered.pictures.get(&index) else { return Ok(None) };
        let values = songs.gathered.values(index, geometry)?;
        if values.is_empty() {
            return Ok(None);
        }
        let rows = self.cnn.probabilities(&values)?;
        let labels = &self.card.labels;
        let open = !vote(labels.len(), &rows, &self.card.thresholds)?.classified();
        let size = self.cnn.slice();
        let middle = &values[values.len() / size / 2 * size..][..size];
        let [rnn, cnn_rnn] = self.others.each_ref().map(|network| network.probabilities(middle));
        let looked = side == Side::Validation || open;
        let look = looked.then(|| self.look(picture, geometry, &values)).transpose()?;
        let song = &songs.dataset.songs[index];
        let named = song.true_genre.as_ref().and_then(|name| labels.iter().position(|label| label == name));
        let truth = match side {
            Side::Validation => Some(song.label),
            // A wrong label may teach, but not judge.
            Side::Test => Some(named.unwrap_or(song.label)),
            Side::Outside => None,
        };
        Ok(Some(Judged {
            path: song.path.display().to_string(),
            artist: song.artist.clone(),
            truth,
            side,
            slices: rows,
            rnn: rnn?,
            cnn_rnn: cnn_rnn?,
            look,
        }))
    }

    fn look(&self, picture: &PictureFile, geometry: SliceGeometry, values: &[f32]) -> Result<Look> {
        let halves = halves(values);
        let [analysis, transfer, random] = self.looks.each_ref().map(|look| look.evidence(&halves));
        let labels = self.card.labels.len();
        let shifted = shifted(picture, geometry, labels as u64)?;
        Ok(Look {
            analysis: analysis?,
            transfer: transfer?,
            random: random?,
            network: self.others[1].probabilities(values)?,
            purified: self.purifier.probabilities(values)?,
            shifted: self.cnn.probabilities(&shifted)?,
        })
    }
}

/// To each slice of a song `count` more that start behind it, evenly up to the next one; at the song's end the last ones that fit.
fn shifted(picture: &PictureFile, geometry: SliceGeometry, count: u64) -> Result<Vec<f32>> {
    let SliceGeometry { width, height, first_row, hop } = geometry;
    let last = picture.columns().saturating_sub(u64::from(width));
    let one = (width * height) as usize;
    let slices = geometry.count(picture.columns());
    let mut all = vec![0.0; (slices * count) as usize * one];
    let starts = (0..slices).flat_map(|slice| (1..=count).map(move |k| (slice, k)));
    for ((slice, k), out) in starts.zip(all.chunks_exact_mut(one)) {
        let first = slice * u64::from(hop) + k * u64::from(hop) / (count + 1);
        picture.window(first.min(last), width as usize, first_row..first_row + height, out)?;
    }
    Ok(all)
}
