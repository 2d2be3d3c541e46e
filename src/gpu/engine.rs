//! A device and what is made on it once.

use std::sync::{Arc, Mutex, PoisonError};

use super::adapter::{self, AdapterChoice, AdapterKind};
use super::made::Counters;
use super::pipelines::Pipelines;
use super::pool::Pool;
use super::readback::Readback;
use super::submission::Submission;
use super::tensor::Tensor;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// What a headless engine asks its device for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Features {
    /// The adapter's own limits, and timestamps and subgroups where it has them. No kernel uses other features, so no others
    /// are asked for.
    All,
    /// `wgpu::Limits::default()` and no features: what every WebGPU device offers.
    Portable,
}

/// A device with its queue and pipelines. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    workers: Workers,
    kind: AdapterKind,
}

/// Does piece `k` of some work; any thread may call it.
#[cfg(not(target_arch = "wasm32"))]
pub type Work<'a> = dyn Fn(usize) + Sync + 'a;
/// Does piece `k` of some work.
#[cfg(target_arch = "wasm32")]
pub type Work<'a> = dyn Fn(usize) + 'a;

/// Does all pieces below a number, in any order, and returns when the last has ended.
pub type Workers = fn(usize, &Work<'_>);

fn one_by_one(count: usize, work: &Work<'_>) {
    (0..count).for_each(work);
}

#[derive(Debug)]
struct Shared {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    pipelines: Pipelines,
    uploads: Arc<Pool>,
    readbacks: Arc<Pool>,
    counters: Counters,
    fault: Arc<Mutex<Fault>>,
}

/// What no call could return: on a device that the engine opened itself, the first error since it was last told, and whether
/// the device was lost, which stays.
#[derive(Debug, Default)]
struct Fault {
    message: Option<String>,
    lost: bool,
}

impl Engine {
    /// An engine on the caller's own device. Its error handlers stay as they are: what is wrong with a call of this library is
    /// returned by that call; what goes wrong in work that was submitted, and the loss of the device, is reported to them.
    pub fn from_device(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let info = device.adapter_info();
        Self::new(device, queue, info, Arc::default())
    }

    /// Opens a device of its own.
    ///
    /// # Errors
    /// [`Error::Gpu`] if no adapter fits `choice` or the driver refuses a device.
    pub async fn headless(choice: &AdapterChoice, features: Features) -> Result<Self> {
        let adapter = adapter::choose(choice).await?;
        let (required_features, required_limits) = match features {
            Features::All => (adapter.features() & wanted_features(), adapter.limits()),
            Features::Portable => (wgpu::Features::empty(), wgpu::Limits::default()),
        };
        let desc = wgpu::DeviceDescriptor {
            label: Some("tunevote"),
            required_features,
            required_limits,
            ..Default::default()
        };
        let info = adapter.get_info();
        let (device, queue) = adapter
            .request_device(&desc)
            .await
            .map_err(|error| Error::Gpu(format!("{} gives no device: {error}", info.name)))?;
        let fault: Arc<Mutex<Fault>> = Arc::default();
        let first = Arc::clone(&fault);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let mut fault = first.lock().unwrap_or_else(PoisonError::into_inner);
            fault.message.get_or_insert_with(|| error.to_string());
        }));
        let lost = Arc::clone(&fault);
        device.set_device_lost_callback(move |_, message| {
            let mut fault = lost.lock().unwrap_or_else(PoisonError::into_inner);
            *fault = Fault { message: Some(format!("the GPU was lost: {message}")), lost: true };
        });
        Ok(Self::new(device, queue, info, fault))
    }

    fn new(device: wgpu::Device, queue: wgpu::Queue, info: wgpu::AdapterInfo, fault: Arc<Mutex<Fault>>) -> Self {
        let kind = info.device_type.into();
        let shared = Shared {
            device,
            queue,
            info,
            pipelines: Pipelines::default(),
            uploads: Arc::new(Pool::uploads()),
            readbacks: Arc::new(Pool::readbacks()),
            counters: Counters::default(),
            fault,
        };
        Self { shared: Arc::new(shared), workers: one_by_one, kind }
    }

    /// The same engine, whose pipelines are made by `workers`, such as
    /// [`blocking::in_parallel`](crate::blocking::in_parallel). Without, this library starts no thread.
    #[must_use]
    pub fn with_workers(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    pub(super) fn share(&self, count: usize, work: &Work<'_>) {
        (self.workers)(count, work);
    }

    /// The same engine with the kernels of another kind of adapter, as far as the device can run them: for comparisons and
    /// tests. Results differ in rounding only.
    #[must_use]
    pub fn with_kind(self, kind: AdapterKind) -> Self {
        Self { kind, ..self }
    }

    /// Whose kernels are used where several do the same: those of the adapter's own kind, unless [`with_kind`](Self::with_kind)
    /// said otherwise.
    pub fn kind(&self) -> AdapterKind {
        self.kind
    }

    /// The device.
    pub fn device(&self) -> &wgpu::Device {
        &self.shared.device
    }

    /// The queue.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.shared.queue
    }

    /// Name, backend and driver of the adapter.
    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.shared.info
    }

    /// The adapter in words: name, backend, driver.
    pub fn describe(&self) -> String {
        let info = self.info();
        format!("{} ({:?}, {} {})", info.name, info.backend, info.driver, info.driver_info)
    }

    /// Whether the device has all of `features`.
    pub fn has(&self, features: wgpu::Features) -> bool {
        self.device().features().contains(features)
    }

    /// The subgroup size if the device has subgroups and only one size of them.
    pub fn subgroup_size(&self) -> Option<u32> {
        let info = self.info();
        (self.has(wgpu::Features::SUBGROUP) && info.subgroup_min_size == info.subgroup_max_size)
            .then_some(info.subgroup_min_size)
    }

    /// The largest tensor that one binding can hold, in bytes.
    pub fn largest_binding(&self) -> u64 {
        let limits = self.device().limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// An error that the driver reported outside of any call since this was last asked, if there was one. The loss of a device
    /// is told every time.
    ///
    /// # Errors
    /// [`Error::Gpu`] with the driver's message.
    pub fn check(&self) -> Result<()> {
        let mut fault = self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let message = if fault.lost { fault.message.clone() } else { fault.message.take() };
        match message {
            Some(message) => Err(Error::Gpu(format!("{}: {message}", self.info().name))),
            None => Ok(()),
        }
    }

    pub(super) fn pipelines(&self) -> &Pipelines {
        &self.shared.pipelines
    }

    pub(super) fn uploads(&self) -> &Arc<Pool> {
        &self.shared.uploads
    }

    pub(super) fn readbacks(&self) -> &Arc<Pool> {
        &self.shared.readbacks
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Bytes of free buffers that are kept for uploads and for what is read back.
    pub fn kept_bytes(&self) -> [u64; 2] {
        [self.uploads().bytes(), self.readbacks().bytes()]
    }

    /// A tensor whose values are not set (WebGPU zeroes them). One that is larger than a binding can be made: convolutions, pools,
    /// softmax, optimisers and functions of elements do it in parts, and other kernels refuse it.
    ///
    /// # Errors
    /// [`Error::Shape`] for an extent of 0, [`Error::Gpu`] if it is larger than the device allows or its memory is full.
    pub fn tensor(&self, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        shape.check("tensor", "shape")?;
        let bytes = 4 * shape.count() as u64;
        let most = self.device().limits().max_buffer_size;
        if bytes > most {
            return Err(Error::Gpu(format!(
                "a tensor of shape {shape} needs {bytes} bytes, a buffer of {} has at most {most}; use a smaller batch",
                self.info().name
            )));
        }
        let desc = wgpu::BufferDescriptor {
            label: Some("tensor"),
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let buffer = self.make_buffer(&desc)?;
        self.check()?;
        Tensor::from_buffer(buffer, 0, shape)
    }

    /// A tensor with these values.
    ///
    /// # Errors
    /// [`Error::Shape`] if the count is not the shape's, else as [`Engine::tensor`].
    pub fn upload(&self, shape: impl Into<Shape>, values: &[f32]) -> Result<Tensor> {
        let tensor = self.tensor(shape)?;
        self.write(&tensor, values)?;
        Ok(tensor)
    }

    /// Begins a submission: writes, runs and reads that belong together go into one.
    pub fn submission(&self) -> Submission {
        Submission::new(self)
    }

    /// Overwrites a tensor, in a submission of its own.
    ///
    /// # Errors
    /// As [`Submission::write`] and [`Submission::submit`].
    pub fn write(&self, tensor: &Tensor, values: &[f32]) -> Result<()> {
        let mut submission = self.submission();
        submission.write(tensor, values)?;
        submission.submit().map(drop)
    }

    /// Starts copying a tensor back to the host, behind everything submitted so far, in a submission of its own. The future is
    /// ready once the device was polled after the copy ended.
    pub fn read(&self, tensor: &Tensor) -> Readback {
        let mut submission = self.submission();
        let readback = submission.read(tensor);
        // What is wrong with it, the future says.
        drop(submission.submit());
        readback
    }
}

fn wanted_features() -> wgpu::Features {
    wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SUBGROUP
}
