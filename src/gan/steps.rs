//! The two graphs of a phase: the critic's step and the generator's.

use super::plan::{GanPlan, Task};
use crate::error::Result;
use crate::graph::Id;
use crate::models::gan::{Reading, Renderer, Selected, Table, chosen_slices, discriminator, entrance};
use crate::nn::{
    Init, Mode, Net, adversarial_generator, gradient_penalty, mean_absolute_error, mean_cross_entropy, mean_distances,
    minimise, relative_hinge, wasserstein_critic,
};
use crate::shape::{Distribution, Random};

/// What a phase's graphs are made from.
#[derive(Clone, Debug)]
pub(super) struct Scene<'a> {
    pub plan: &'a GanPlan,
    pub table: &'a Table,
    pub task: Task,
    pub phase: usize,
}

/// What is drawn from a step's seed, by salt; dropouts have the first ones.
const MIXTURE: u32 = 1002;
const NEURONS: u32 = 1003;

/// The contrast's margin: a slice's distance from its rendering in its own genre should be at most this share of that in a wrong one.
const NEARER: f32 = 0.75;

/// Units of the layer between a latent vector and its genre.
const HIDDEN: usize = 64;

/// Rows of slices, (rows,genres,slices,h,w), grey, of the phase's size; with binary neurons black and white.
struct Stage {
    real: Id,
    seed: Id,
    slope: Id,
    /// (from,to), a permutation matrix: 1 where the slice of genre `from` is rendered in genre `to`.
    select: Id,
    /// The same for a wrong genre, where reading A's generator learns from that.
    wrong: Option<Id>,
}

impl Scene<'_> {
    /// Pictures (N,1,H,slices W) as the networks of the phase see them: (N,1,slices,h,w).
    pub fn entrance(&self, net: &mut Net, x: Id) -> Result<Id> {
        entrance(net, self.table, self.task.grey, self.plan.binary, x, self.phase)
    }

    fn stage(&self, net: &mut Net, contrast: bool) -> Result<Stage> {
        let (rows, genres) = (self.plan.rows, self.table.genres);
        let [h, w] = self.task.picture;
        let x = net.graph.input("slices", [rows * genres, 1, h, w])?;
        let x = self.entrance(net, x)?;
        let [d, h, w] = self.table.volume(self.phase)?;
        let real = net.graph.reshape(x, [rows, genres, d, h, w])?;
        let slope = net.graph.input("slope", [1])?;
        let select = net.graph.input("select", [genres, genres])?;
        let wrong = contrast.then(|| net.graph.input("wrong", [genres, genres])).transpose()?;
        let seed = match net.seed() {
            Some(seed) => seed,
            None => net.graph.input("seed", [8])?,
        };
        Ok(Stage { real, seed, slope, select, wrong })
    }

    fn renderer(&self, stage: &Stage) -> Renderer<'_> {
        Renderer {
            table: self.table,
            reading: self.plan.reading,
            phase: self.phase,
            neurons: self.plan.binary.neurons(Some(stage.seed), NEURONS),
            slope: stage.slope,
        }
    }

    /// The rows rendered as `select` says, then as `wrong` does.
    fn rendered(&self, net: &mut Net, stage: &Stage) -> Result<Selected> {
        let choices: Vec<_> = [stage.select].into_iter().chain(stage.wrong).collect();
        self.renderer(stage).selected(net, stage.real, &choices)
    }

    /// A classifier of latent vectors (N,latent): the logits of their slices' genres (N,genres).
    fn told_apart(&self, net: &mut Net, codes: Id) -> Result<Id> {
        let x = net.dense("confusion.hidden", codes, HIDDEN, Init::GlorotUniform)?;
        let x = net.graph.relu(x)?;
        net.dense("confusion.genres", x, self.table.genres, Init::GlorotUniform)
    }

    /// (rows genres, genres): a row a slice, 1 at its genre and 0 elsewhere.
    fn targets(&self, net: &mut Net) -> Result<Id> {
        let (rows, genres) = (self.plan.rows, self.table.genres);
        let at = |i: usize| if i % genres == i / genres % genres { 1.0 } else { 0.0 };
        let targets: Vec<_> = (0..rows * genres * genres).map(at).collect();
        net.graph.data(&targets, [rows * genres, genres])
    }

    /// The critic's step: the discriminator's weights follow `mean D(fake) - mean D(real)` and the gradient penalty between the two, and the
    /// classifier of latent vectors follows its cross-entropy. Output `report`: the distance `mean D(real) - mean D(fake)`, the penalty, the
    /// cross-entropy.
    fn critic(&self) -> Result<Net> {
        let mut net = Net::new(Mode::Training)?;
        let stage = self.stage(&mut net, false)?;
        let rendered = net.fixed(|net| self.rendered(net, &stage))?;
        let (real, fake) = (stage.real, rendered.volumes[0]);
        let rows = self.plan.rows;
        let both = net.graph.concat(&[real, fake], 0)?;
        let scores = discriminator(&mut net, self.table, both, self.phase)?;
        let of_real = net.graph.slice(scores, &[0, 0], &[rows, 1])?;
        let of_fake = net.graph.slice(scores, &[rows, 0], &[2 * rows, 1])?;
        let loss = wasserstein_critic(&mut net.graph, of_real, of_fake)?;
        let shape = [rows, 1, 1, 1, 1].into();
        let random = Random { shape, distribution: Distribution::Uniform, salt: MIXTURE };
        let share = net.graph.random(stage.seed, random)?;
        let way = net.graph.minus(real, fake)?;
        let way = net.graph.times(way, share)?;
        let between = net.graph.plus(fake, way)?;
        let scores = net.again(|net| discriminator(net, self.table, between, self.phase))?;
        let penalty = gradient_penalty(&mut net.graph, scores, between)?;
        let logits = self.told_apart(&mut net, rendered.codes)?;
        let targets = self.targets(&mut net)?;
        let confusion = mean_cross_entropy(&mut net.graph, logits, targets)?;
        let total = weigh(&mut net, &[(loss, 1.0), (penalty, self.plan.weights.penalty), (confusion, 1.0)])?;
        minimise(&mut net, total, GanPlan::optimiser(), None)?;
        let distance = net.graph.neg(loss)?;
        report(&mut net, &[distance, penalty, confusion])?;
        Ok(net)
    }

    /// The generator's step: encoder, generator and refiners follow what [`Weights`](super::Weights) names. Output
    /// `report`: the adversarial loss, own, cycle, content, confusion, latent, contrast.
    fn generator(&self) -> Result<Net> {
        let mut net = Net::new(Mode::Training)?;
        let stage = self.stage(&mut net, self.plan.contrasts(self.table.genres))?;
        let rendered = self.rendered(&mut net, &stage)?;
        let scores = net.fixed(|net| discriminator(net, self.table, rendered.volumes[0], self.phase))?;
        let adversarial = adversarial_generator(&mut net.graph, scores)?;
        let logits = net.fixed(|net| self.told_apart(net, rendered.codes))?;
        let shape = net.graph.shape(logits).clone();
        let even = net.graph.constant(1.0 / self.table.genres as f32, shape)?;
        let confusion = mean_cross_entropy(&mut net.graph, logits, even)?;
        let square = net.graph.square(rendered.codes)?;
        let latent = net.graph.mean_all(square)?;
        let none = net.graph.constant(0.0, [])?;
        let contrast = match stage.wrong {
            Some(wrong) => self.contrast(&mut net, &stage, &rendered, wrong)?,
            None => none,
        };
        let [own, cycle, content] = match self.plan.reading {
            Reading::Analysis => [mean_absolute_error(&mut net.graph, rendered.volumes[0], stage.real)?, none, none],
            Reading::Transfer => self.transfer(&mut net, &stage, &rendered)?,
        };
        let w = self.plan.weights;
        // The critic's slope is 1 along a row's Euclidean length: distances count in that unit, so that no phase's size changes the balance.
        let [_, row @ ..] = net.graph.shape(stage.real).array::<5>("gan", "rows")?;
        let length = (row.iter().product::<usize>() as f32).sqrt();
        let parts = [
            (adversarial, w.adversarial),
            (own, length * w.own),
            (cycle, length * w.cycle),
            (content, length * w.content),
            (confusion, w.confusion),
            (latent, w.latent),
            (contrast, length * w.contrast),
        ];
        let total = weigh(&mut net, &parts)?;
        minimise(&mut net, total, GanPlan::optimiser(), None)?;
        report(&mut net, &parts.map(|(part, _)| part))?;
        Ok(net)
    }

    /// What [`Weights::contrast`](super::Weights) counts: how much slices' renderings in their own genre are not nearer than [`NEARER`] of
    /// the way to those in a wrong one.
    fn contrast(&self, net: &mut Net, stage: &Stage, rendered: &Selected, wrong: Id) -> Result<Id> {
        // In the order of the genres that are wrong.
        let near = mean_distances(&mut net.graph, rendered.volumes[0], stage.real, 2)?;
        let near = net.graph.matmul(near, wrong)?;
        let slices = chosen_slices(net, stage.real, wrong)?;
        let far = mean_distances(&mut net.graph, rendered.volumes[1], slices, 2)?;
        relative_hinge(&mut net.graph, near, far, NEARER)
    }

    /// Identity, cycle and content of reading B, where `rendered` are translations: a slice in its own genre, a translation in the slice's
    /// genre again, and a translation beside its slice.
    fn transfer(&self, net: &mut Net, stage: &Stage, rendered: &Selected) -> Result<[Id; 3]> {
        let renderer = self.renderer(stage);
        let genres = self.table.genres;
        let translated = rendered.volumes[0];
        let unit: Vec<_> = (0..genres * genres).map(|i| if i % (genres + 1) == 0 { 1.0 } else { 0.0 }).collect();
        let unit = net.graph.data(&unit, [genres, genres])?;
        let back = net.graph.transpose(stage.select, &[1, 0])?;
        let same = net.again(|net| renderer.selected(net, stage.real, &[unit]))?.volumes[0];
        let returned = net.again(|net| renderer.selected(net, translated, &[back]))?.volumes[0];
        let own = mean_absolute_error(&mut net.graph, same, stage.real)?;
        let cycle = mean_absolute_error(&mut net.graph, returned, stage.real)?;
        let slices = chosen_slices(net, stage.real, stage.select)?;
        let content = mean_absolute_error(&mut net.graph, translated, slices)?;
        Ok([own, cycle, content])
    }
}

/// The networks of the critic's and of the generator's step in a phase. Inputs: `slices` (rows genres,1,H,slices W), `seed` (8 words), `slope`
/// (1), `select` (genres,genres), with contrast `wrong` of the same form, `step` (8). Output `report`: of the critic's step distance, penalty
/// and confusion, of the generator's adversarial, own, cycle, content, confusion, latent and contrast.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for a phase that there is none of, [`Error::Shape`](crate::Error::Shape) if boxes of the phase do
/// not fill the picture.
pub fn steps(plan: &GanPlan, task: Task, phase: usize) -> Result<[Net; 2]> {
    let table = plan.table(task.genres);
    let scene = Scene { plan, table: &table, task, phase };
    Ok([scene.critic()?, scene.generator()?])
}

/// The sum of numbers, each with a factor; those of factor 0 are left out.
fn weigh(net: &mut Net, parts: &[(Id, f32)]) -> Result<Id> {
    let mut total = net.graph.constant(0.0, [])?;
    for &(part, factor) in parts.iter().filter(|(_, factor)| *factor != 0.0) {
        let part = net.graph.affine(part, factor, 0.0)?;
        total = net.graph.plus(total, part)?;
    }
    Ok(total)
}

/// Output `report`: single numbers side by side.
fn report(net: &mut Net, numbers: &[Id]) -> Result<()> {
    let numbers = numbers.iter().map(|&number| net.graph.reshape(number, [1])).collect::<Result<Vec<_>>>()?;
    let report = net.graph.concat(&numbers, 0)?;
    net.graph.output("report", report)
}
