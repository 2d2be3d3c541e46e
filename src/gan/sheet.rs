//! What a phase's networks look like: a sheet of pictures, and how different they are from each other.

use super::steps::Scene;
use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::models::gan::{MIXED, Reading, Renderer};
use crate::nn::{Mode, Net, SeedTensor};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::shape::{Distribution, Random};
use crate::weights::GanFile;

/// Side of the smallest picture on a sheet: smaller ones are enlarged by whole numbers.
const SIDE: usize = 128;
/// Pixels between pictures, and their grey.
const GAP: usize = 2;
const PAPER: u8 = 96;

/// A grey picture of pictures: a row a slice with its renderings in all genres, or a row a genre with what comes of noise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Rows from the top, 0 for black.
    pub pixels: Vec<u8>,
}

/// Volumes (n,slices,h,w), grey from 0 to 1, of which the first slice is shown.
struct Volumes<'a> {
    values: &'a [f32],
    /// Slices, height and width.
    size: [usize; 3],
}

impl<'a> Volumes<'a> {
    /// The picture of volume `k`.
    fn picture(&self, k: usize) -> Picture<'a> {
        let [d, h, w] = self.size;
        Picture { values: &self.values[k * d * h * w..][..h * w], size: [h, w] }
    }

    /// A row a genre, of volumes (count,genres,…).
    fn by_genre(&self, count: usize, genres: usize) -> impl Iterator<Item = Vec<Picture<'a>>> {
        (0..genres).map(move |genre| (0..count).map(|k| self.picture(k * genres + genre)).collect())
    }

    /// A row a slice of `slices` (count,…): the slice, then its renderings, which these (count,genres,…) are.
    fn beside(&self, slices: &Self, count: usize, genres: usize) -> impl Iterator<Item = Vec<Picture<'a>>> {
        (0..count).map(move |k| {
            let all = (0..genres).map(|genre| self.picture(k * genres + genre));
            std::iter::once(slices.picture(k)).chain(all).collect()
        })
    }
}

/// A picture on a sheet: (h,w), grey from 0 to 1.
struct Picture<'a> {
    values: &'a [f32],
    size: [usize; 2],
}

impl Sheet {
    /// Rows of pictures of one size; `upright` turns them over, for front ends whose first row is the lowest.
    fn new(rows: &[Vec<Picture<'_>>], upright: bool) -> Self {
        let [h, w] = rows.iter().flatten().map(|picture| picture.size).next().unwrap_or([1, 1]);
        let scale = (SIDE / h.max(w)).max(1);
        let (cell_w, cell_h) = (w * scale + GAP, h * scale + GAP);
        let across = rows.iter().map(Vec::len).max().unwrap_or(0);
        let (width, height) = (across * cell_w + GAP, rows.len() * cell_h + GAP);
        let mut pixels = vec![PAPER; width * height];
        for (down, row) in rows.iter().enumerate() {
            for (right, picture) in row.iter().enumerate() {
                for y in 0..h * scale {
                    let from = if upright { h - 1 - y / scale } else { y / scale };
                    let to = (GAP + down * cell_h + y) * width + GAP + right * cell_w;
                    for x in 0..w * scale {
                        let value = picture.values[from * w + x / scale];
                        pixels[to + x] = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
                    }
                }
            }
        }
        Self { width, height, pixels }
    }
}

/// A sheet of what comes of `count` latent vectors, drawn as slices have them (see [`latents`](crate::models::gan::latents)): a row a genre.
///
/// # Errors
/// [`Error::Argument`] for networks that translate slices, [`Error::Gpu`] if the device fails.
pub fn imagined_sheet(engine: &Engine, gan: &GanFile, count: usize, seed: u64) -> Result<Sheet> {
    let card = &gan.card;
    let mut variables = Variables::new(engine);
    gan.load(&mut variables)?;
    let mut net = Net::new(Mode::Inference)?;
    let drawn = net.graph.input("seed", [8])?;
    let random = Random { shape: [count, MIXED].into(), distribution: Distribution::Normal, salt: 0 };
    let noise = net.graph.random(drawn, random)?;
    let y = card.imagined(&mut net, noise)?;
    net.graph.output("renderings", y)?;
    let [_, genres, size @ ..] = net.graph.shape(y).array::<5>("gan", "renderings")?;
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default())?;
    plan.write("seed", &SeedTensor { seed, ..SeedTensor::default() }.words(0))?;
    plan.run();
    let values = blocking::wait(engine, engine.read(plan.output("renderings")?))?;
    let rows: Vec<_> = Volumes { values: &values, size }.by_genre(count, genres).collect();
    Ok(Sheet::new(&rows, card.front_end.lowest_first()))
}

/// A sheet of `slices` (n,H,W): a row a slice, with its renderings in all genres behind it.
///
/// # Errors
/// [`Error::Shape`] for a part of a slice, [`Error::Gpu`] if the device fails.
pub fn song_sheet(engine: &Engine, gan: &GanFile, slices: &[f32]) -> Result<Sheet> {
    let card = &gan.card;
    let [height, width] = card.picture();
    let count = slices.len() / (height * width);
    if count * height * width != slices.len() || count == 0 {
        return Err(Error::shape("sheet", "slices", format_args!("slices of {height} x {width}"), slices.len()));
    }
    let mut variables = Variables::new(engine);
    gan.load(&mut variables)?;
    let mut net = Net::new(Mode::Inference)?;
    let x = net.graph.input("slices", [count, 1, height, width])?;
    let (grey, rendered) = card.renderings(&mut net, x)?;
    net.graph.output("grey", grey)?;
    net.graph.output("renderings", rendered.volumes)?;
    let [_, genres, size @ ..] = net.graph.shape(rendered.volumes).array::<5>("gan", "renderings")?;
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default())?;
    plan.write("slices", slices)?;
    plan.run();
    let read = |name| blocking::wait(engine, engine.read(plan.output(name)?));
    let (grey, renderings) = (read("grey")?, read("renderings")?);
    let [slices, all] = [&grey, &renderings].map(|values| Volumes { values, size });
    let rows: Vec<_> = all.beside(&slices, count, genres).collect();
    Ok(Sheet::new(&rows, card.front_end.lowest_first()))
}

/// How different pictures are: the mean L1 distance of two of one genre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Diversity {
    pub real: f64,
    pub made: f64,
}

/// One slice of each genre: grey (genres,slices,h,w), rendered in all genres (genres,genres,slices,h,w), and their latent vectors
/// (genres,latent).
struct Row {
    grey: Vec<f32>,
    renderings: Vec<f32>,
    codes: Vec<f32>,
}

/// A plan that renders for looking at.
#[derive(Debug)]
pub(super) struct Gallery {
    plan: Plan,
    genres: usize,
    /// How many genres on the one is in which a slice is rendered where made pictures are compared.
    turned: usize,
    /// Slices, height and width of a volume.
    volume: [usize; 3],
    /// Values of a row that goes in.
    row: usize,
}

impl Gallery {
    pub fn new(scene: &Scene<'_>, variables: &Variables) -> Result<Self> {
        let (table, plan) = (scene.table, scene.plan);
        let genres = table.genres;
        let mut net = Net::new(Mode::Inference)?;
        let slope = net.graph.constant(1.0, [1])?;
        let neurons = plan.binary.neurons(None, 0);
        let renderer = Renderer { table, reading: plan.reading, phase: scene.phase, neurons, slope };
        let [h, w] = scene.task.picture;
        let x = net.graph.input("slices", [genres, 1, h, w])?;
        let x = scene.entrance(&mut net, x)?;
        let all = renderer.all(&mut net, x)?;
        for (name, id) in [("grey", x), ("renderings", all.volumes), ("codes", all.codes)] {
            net.graph.output(name, id)?;
        }
        let turned = match plan.reading {
            Reading::Analysis => 0,
            // In its own genre a slice is to stay what it is.
            Reading::Transfer => 1,
        };
        let plan = Plan::new(&net.graph, variables, PlanOptions::default())?;
        Ok(Self { plan, genres, turned, volume: table.volume(scene.phase)?, row: genres * h * w })
    }

    /// Looks at `slices` (rows,genres,H,W): the sheet, with the first row's slices, and how different pictures are.
    pub fn look(&self, slices: &[f32], upright: bool) -> Result<(Sheet, Diversity)> {
        let rows = self.rows(slices)?;
        let (genres, size) = (self.genres, self.volume);
        let one: usize = size.iter().product();
        let [grey, renderings] = [&rows[0].grey, &rows[0].renderings].map(|values| Volumes { values, size });
        let sheet: Vec<_> = renderings.beside(&grey, genres, genres).collect();
        let of_genres = |of: &dyn Fn(&Row, usize) -> Vec<f32>| {
            let each = (0..genres).map(|genre| spread(&rows.iter().map(|row| of(row, genre)).collect::<Vec<_>>()));
            each.sum::<f64>() / genres as f64
        };
        let real = of_genres(&|row, genre| row.grey[genre * one..][..one].to_vec());
        let made = of_genres(&|row, genre| {
            let from = (genre + self.turned) % genres;
            row.renderings[(from * genres + genre) * one..][..one].to_vec()
        });
        Ok((Sheet::new(&sheet, upright), Diversity { real, made }))
    }

    /// The latent vectors of `slices` (rows,genres,H,W): (rows,genres,latent).
    pub fn codes(&self, slices: &[f32]) -> Result<Vec<f32>> {
        Ok(self.rows(slices)?.into_iter().flat_map(|row| row.codes).collect())
    }

    fn rows(&self, slices: &[f32]) -> Result<Vec<Row>> {
        if slices.is_empty() || !slices.len().is_multiple_of(self.row) {
            return Err(Error::shape("sheet", "slices", format_args!("rows of {} values", self.row), slices.len()));
        }
        slices.chunks(self.row).map(|slices| self.rendered(slices)).collect()
    }

    fn rendered(&self, slices: &[f32]) -> Result<Row> {
        let mut submission = self.plan.engine().submission();
        submission.write(self.plan.input("slices")?, slices)?;
        self.plan.add_to(&mut submission);
        let mut read = |name| Ok(submission.read(self.plan.output(name)?));
        let [grey, renderings, codes] = [read("grey")?, read("renderings")?, read("codes")?];
        submission.submit()?;
        Ok(Row { grey: blocking::take(grey)?, renderings: blocking::take(renderings)?, codes: blocking::take(codes)? })
    }
}

/// The mean L1 distance between two of these pictures; 0 if there are not two.
fn spread(all: &[Vec<f32>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for (k, a) in all.iter().enumerate() {
        for b in &all[..k] {
            sum += a.iter().zip(b).map(|(x, y)| f64::from((x - y).abs())).sum::<f64>();
            count += a.len();
        }
    }
    sum / count.max(1) as f64
}
