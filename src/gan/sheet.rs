//! What a phase's networks look like: a sheet of pictures, and how different they are from each other.

use super::steps::Scene;
use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::graph::Id;
use crate::models::gan::{Reading, Renderer};
use crate::nn::{Mode, Net};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::shape::{Distribution, Random};
use crate::weights::GanFile;

/// Pictures from noise on a sheet, of each genre.
const FREE: usize = 8;
/// Side of the smallest picture on a sheet: smaller ones are enlarged by whole numbers.
const SIDE: usize = 128;
/// Pixels between pictures, and their grey.
const GAP: usize = 2;
const PAPER: u8 = 96;
/// Seed of the noise on sheets: the same for each, so that phases can be compared.
const SEED: u64 = 0x5eed;

/// A grey picture of pictures: a row a genre of what comes from noise (reading A), then a row a genre with a slice and its renderings in all
/// genres.
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

/// Latent vectors (count,latent) of noise from 8 words `seed`.
fn noise(net: &mut Net, count: usize, latent: usize) -> Result<Id> {
    let seed = net.graph.input("seed", [8])?;
    let random = Random { shape: [count, latent].into(), distribution: Distribution::Normal, salt: 0 };
    net.graph.random(seed, random)
}

/// The words of a seed.
fn words(seed: u64) -> [f32; 8] {
    [seed as u32, (seed >> 32) as u32, 0, 0, 0, 0, 0, 0].map(f32::from_bits)
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

/// A sheet of what comes of `count` latent vectors of noise, a row a genre.
///
/// # Errors
/// [`Error::Gpu`] if the device fails.
pub fn free_sheet(engine: &Engine, gan: &GanFile, count: usize, seed: u64) -> Result<Sheet> {
    let card = &gan.card;
    let mut variables = Variables::new(engine);
    gan.load(&mut variables)?;
    let mut net = Net::new(Mode::Inference)?;
    let z = noise(&mut net, count, card.table().latent)?;
    let y = card.free(&mut net, z)?;
    net.graph.output("renderings", y)?;
    let [_, genres, size @ ..] = net.graph.shape(y).array::<5>("gan", "renderings")?;
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default())?;
    plan.write("seed", &words(seed))?;
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

/// Grey slices, their renderings, and pictures from noise where there are any.
type Rendering = (Vec<f32>, Vec<f32>, Option<Vec<f32>>);

/// Plans that render for looking at.
#[derive(Debug)]
pub(super) struct Gallery {
    slices: Plan,
    free: Option<Plan>,
    genres: usize,
    rows: usize,
    /// Slices, height and width of a volume.
    volume: [usize; 3],
}

impl Gallery {
    pub fn new(scene: &Scene<'_>, variables: &Variables) -> Result<Self> {
        let (table, plan) = (scene.table, scene.plan);
        let (genres, rows) = (table.genres, plan.rows);
        let made = |build: &dyn Fn(&mut Net, Renderer<'_>) -> Result<()>| -> Result<Plan> {
            let mut net = Net::new(Mode::Inference)?;
            let slope = net.graph.constant(1.0, [1])?;
            let neurons = plan.binary.neurons(None, 0);
            build(&mut net, Renderer { table, reading: plan.reading, phase: scene.phase, neurons, slope })?;
            Plan::new(&net.graph, variables, PlanOptions::default())
        };
        let slices = made(&|net, renderer| {
            let [h, w] = scene.picture;
            let x = net.graph.input("slices", [rows * genres, 1, h, w])?;
            let x = scene.entrance(net, x)?;
            net.graph.output("grey", x)?;
            let [_, _, d, h, w] = net.graph.shape(x).array("gan", "slices")?;
            let row = net.graph.slice(x, &[0; 5], &[genres, 1, d, h, w])?;
            let all = renderer.all(net, row)?;
            net.graph.output("renderings", all.volumes)
        })?;
        let free = (plan.reading == Reading::Analysis).then(|| {
            made(&|net, renderer| {
                let z = noise(net, FREE, table.latent)?;
                let y = renderer.free(net, z)?;
                net.graph.output("renderings", y)
            })
        });
        Ok(Self { slices, free: free.transpose()?, genres, rows, volume: table.volume(scene.phase)? })
    }

    /// Looks at `slices` (rows,genres,H,W): the sheet, with the first row's slices, and how different pictures are.
    pub fn look(&self, slices: &[f32], upright: bool) -> Result<(Sheet, Diversity)> {
        let (grey, renderings, free) = self.render(slices)?;
        let genres = self.genres;
        let volumes = |values| Volumes { values, size: self.volume };
        let mut rows = Vec::new();
        if let Some(free) = &free {
            rows.extend(volumes(free).by_genre(FREE, genres));
        }
        rows.extend(volumes(&renderings).beside(&volumes(&grey), genres, genres));
        let real = self.spread(&grey, self.rows);
        let made = match &free {
            Some(free) => self.spread(free, FREE),
            // A row of slices in each genre.
            None => self.spread(&renderings, genres),
        };
        Ok((Sheet::new(&rows, upright), Diversity { real, made }))
    }

    fn render(&self, slices: &[f32]) -> Result<Rendering> {
        let mut submission = self.slices.engine().submission();
        submission.write(self.slices.input("slices")?, slices)?;
        self.slices.add_to(&mut submission);
        let [grey, renderings] = [self.slices.output("grey")?, self.slices.output("renderings")?];
        let (grey, renderings) = (submission.read(grey), submission.read(renderings));
        let free = match &self.free {
            Some(free) => {
                submission.write(free.input("seed")?, &words(SEED))?;
                free.add_to(&mut submission);
                Some(submission.read(free.output("renderings")?))
            }
            None => None,
        };
        submission.submit()?;
        Ok((blocking::take(grey)?, blocking::take(renderings)?, free.map(blocking::take).transpose()?))
    }

    /// The mean over genres of the mean L1 distance between two of `rows` volumes of a genre; `all` is (rows,genres,…).
    fn spread(&self, all: &[f32], rows: usize) -> f64 {
        let one: usize = self.volume.iter().product();
        let at = |row: usize, genre: usize| &all[(row * self.genres + genre) * one..][..one];
        let (mut sum, mut pairs) = (0.0, 0u32);
        for genre in 0..self.genres {
            for (a, b) in (0..rows).flat_map(|a| (0..a).map(move |b| (a, b))) {
                let distance = at(a, genre).iter().zip(at(b, genre)).map(|(x, y)| f64::from((x - y).abs()));
                sum += distance.sum::<f64>() / one as f64;
                pairs += 1;
            }
        }
        sum / f64::from(pairs.max(1))
    }
}
