//! The GAN of Bae 2020 (sections 3.2 to 3.4) after Oza et al. 2019 and BMuseGAN (Dong & Yang 2018): a generator that all genres share, a
//! refiner for each of them, and a discriminator that mirrors the generator. All three grow: phase by phase a layer joins, and what the
//! layers before have learned stays.
//!
//! Volumes are (N, genres, slices, frequency, time): the channel axis is the genre, as tracks of a score are BMuseGAN's.

mod discriminator;
mod generator;
mod latents;
mod refiner;
mod rendering;
mod table;

pub use discriminator::{discriminator, encoder};
pub use generator::generator;
pub use latents::{MIXED, latents, of_codes};
pub use refiner::{Binary, Neurons, refined};
pub use rendering::{Grey, Reading, Rendered, Renderer, Selected, chosen_slices, entrance};
pub use table::{Growth, Profile, Refiner, Table};
