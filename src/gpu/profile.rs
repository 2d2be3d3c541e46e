//! How long each dispatch of a recording takes.

use super::recording::{Cost, Recording, Step};
use super::scope::checked;
use super::tensor::Tensor;
use crate::error::Result;

/// A recording's dispatches with their times, in order.
#[derive(Clone, Debug)]
pub struct Profile {
    /// One row a dispatch.
    pub rows: Vec<ProfileRow>,
    /// Whether the device's own timestamps were used; else the caller's clock, with the cost of a submission in each.
    pub timestamps: bool,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct ProfileRow {
    /// The kernel's name.
    pub kernel: &'static str,
    /// Shapes of its tensors.
    pub shapes: String,
    /// When it began, in seconds since the first one did.
    pub start: f64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Work and traffic.
    pub cost: Cost,
}

impl Recording {
    /// Runs everything once, each dispatch timed by itself: by the device's timestamps, or by `clock` (seconds since
    /// anything) where it has none or there are more than 2,048 dispatches. As with every future of this room, the caller
    /// polls the device.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device fails.
    pub async fn profile(&self, clock: impl Fn() -> f64) -> Result<Profile> {
        let engine = self.engine();
        // A query set holds 4,096 queries.
        let timed = self.steps.iter().filter(|step| matches!(step, Step::Dispatch(_))).count() as u32;
        if engine.has(wgpu::Features::TIMESTAMP_QUERY) && (1..=2048).contains(&timed) {
            self.profile_by_timestamps(timed).await
        } else {
            self.profile_by_clock(clock).await
        }
    }

    async fn profile_by_timestamps(&self, timed: u32) -> Result<Profile> {
        let engine = self.engine();
        let device = engine.device();
        let queries = checked(engine, || {
            device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("profile"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * timed,
            })
        })?;
        let resolved = engine.make_buffer(&wgpu::BufferDescriptor {
            label: Some("profile"),
            size: 16 * u64::from(timed),
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        })?;
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut rows = Vec::new();
        for step in &self.steps {
            match step {
                Step::Copy { from, to } => {
                    encoder.copy_buffer_to_buffer(from.buffer(), from.offset(), to.buffer(), to.offset(), from.bytes());
                }
                Step::Dispatch(dispatch) => {
                    let first = 2 * rows.len() as u32;
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                        label: None,
                        timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                            query_set: &queries,
                            beginning_of_pass_write_index: Some(first),
                            end_of_pass_write_index: Some(first + 1),
                        }),
                    });
                    dispatch.encode(&mut pass);
                    rows.push(ProfileRow {
                        kernel: dispatch.kernel.name(),
                        shapes: dispatch.shapes.clone(),
                        start: 0.0,
                        seconds: 0.0,
                        cost: dispatch.cost,
                    });
                }
            }
        }
        encoder.resolve_query_set(&queries, 0..2 * timed, &resolved, 0);
        engine.submit(encoder);
        let words = engine.read(&Tensor::from_buffer(resolved, 0, [4 * timed as usize])?).await?;
        let period = f64::from(engine.queue().get_timestamp_period()) * 1e-9;
        let at = |stamp: &[f32]| u64::from(stamp[0].to_bits()) | u64::from(stamp[1].to_bits()) << 32;
        let first = words.get(..2).map_or(0, at);
        let since = |stamp: u64, start: u64| stamp.saturating_sub(start) as f64 * period;
        for (row, stamps) in rows.iter_mut().zip(words.chunks_exact(4)) {
            let (begin, end) = (at(&stamps[..2]), at(&stamps[2..]));
            (row.start, row.seconds) = (since(begin, first), since(end, begin));
        }
        Ok(Profile { rows, timestamps: true })
    }

    async fn profile_by_clock(&self, clock: impl Fn() -> f64) -> Result<Profile> {
        let engine = self.engine();
        let mark = engine.tensor([1])?;
        let first = clock();
        let mut rows = Vec::new();
        for step in &self.steps {
            let mut encoder = engine.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            match step {
                Step::Copy { from, to } => {
                    encoder.copy_buffer_to_buffer(from.buffer(), from.offset(), to.buffer(), to.offset(), from.bytes());
                    engine.submit(encoder);
                }
                Step::Dispatch(dispatch) => {
                    dispatch.encode(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
                    let start = clock();
                    engine.submit(encoder);
                    // One word read back behind the dispatch: its arrival says that the dispatch has ended.
                    engine.read(&mark).await?;
                    rows.push(ProfileRow {
                        kernel: dispatch.kernel.name(),
                        shapes: dispatch.shapes.clone(),
                        start: start - first,
                        seconds: clock() - start,
                        cost: dispatch.cost,
                    });
                }
            }
        }
        Ok(Profile { rows, timestamps: false })
    }
}
