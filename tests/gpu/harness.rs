//! Runs one kernel on guarded memory and compares it with its reference.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use tunevote::gpu::{AdapterChoice, Engine, Features, Recorder, Recording, Tensor};
use tunevote::{Result, blocking, wgpu};

/// The adapter's own device and one with default limits and no features: every kernel has to hold on both.
pub fn engines() -> &'static [Engine; 2] {
    static ENGINES: OnceLock<[Engine; 2]> = OnceLock::new();
    ENGINES.get_or_init(|| {
        let choice: AdapterChoice = std::env::var("TUNEVOTE_ADAPTER").unwrap_or_default().parse().unwrap();
        [Features::All, Features::Portable].map(|features| {
            pollster::block_on(Engine::headless(&choice, features)).expect("these tests need a GPU adapter")
        })
    })
}

/// An engine that binds no more than this many bytes.
pub fn limited(bytes: u64) -> Engine {
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    let limits = wgpu::Limits { max_storage_buffer_binding_size: bytes, ..wgpu::Limits::default() };
    let wanted = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&wanted)).unwrap();
    Engine::from_device(device, queue)
}

/// A marker that no kernel computes: a NaN with a payload.
const GUARD: u32 = 0x7fc0_dead;
const GUARDS: usize = 64;

/// A tensor in the middle of a buffer that is NaN all over.
pub fn guarded(engine: &Engine, shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let all = engine.upload([count + 2 * GUARDS], &vec![f32::from_bits(GUARD); count + 2 * GUARDS]).unwrap();
    Tensor::from_buffer(all.buffer().clone(), 4 * GUARDS as u64, shape).unwrap()
}

/// The values of a guarded tensor, after checking that nothing outside was touched and everything inside was written.
pub fn unguard(engine: &Engine, tensor: &Tensor) -> Vec<f32> {
    let whole = Tensor::from_buffer(tensor.buffer().clone(), 0, [tensor.len() + 2 * GUARDS]).unwrap();
    let values = blocking::wait(engine, engine.read(&whole)).unwrap();
    let (before, rest) = values.split_at(GUARDS);
    let (inside, after) = rest.split_at(tensor.len());
    assert!(before.iter().chain(after).all(|v| v.to_bits() == GUARD), "wrote outside its output");
    if let Some(i) = inside.iter().position(|v| v.to_bits() == GUARD) {
        panic!("element {i} of {} was not written", tensor.shape());
    }
    inside.to_vec()
}

/// Every kernel that a test of this process has run.
static RAN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

thread_local! {
    /// The kernels that this test has run, and the most groups of each.
    static GROUPS: RefCell<BTreeMap<String, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs a recording and notes its kernels and their groups.
pub fn run(recording: &Recording) {
    recording.run();
    for line in recording.to_string().lines() {
        let mut words = line.split_whitespace();
        let (kernel, groups) = (words.next().unwrap().to_owned(), words.next().unwrap());
        let Ok(groups) = groups.parse::<u64>() else { continue };
        RAN.lock().unwrap().insert(kernel.clone());
        GROUPS.with_borrow_mut(|all| {
            let most = all.entry(kernel).or_default();
            *most = groups.max(*most);
        });
    }
}

/// Whether some test has run `kernel`.
pub fn has_run(kernel: &str) -> bool {
    RAN.lock().unwrap().contains(kernel)
}

/// Fails unless this test has run each of `kernels` with more groups than a line of the grid holds.
pub fn assert_folded(kernels: &[&str]) {
    GROUPS.with_borrow(|all| {
        for kernel in kernels {
            let most = all.get(*kernel).copied().unwrap_or_default();
            assert!(most > 65_535, "{kernel} ran with {most} groups at the most");
        }
    });
}

/// Runs `kernel` on guarded outputs once on one engine and returns the outputs.
pub fn run_once(
    engine: &Engine,
    inputs: &[(&[usize], &[f32])],
    outputs: &[&[usize]],
    kernel: impl Fn(&mut Recorder, &[Tensor], &[Tensor]) -> Result<()>,
) -> Vec<Vec<f32>> {
    let inputs: Vec<_> = inputs.iter().map(|(shape, values)| engine.upload(*shape, values).unwrap()).collect();
    let outputs: Vec<_> = outputs.iter().map(|shape| guarded(engine, shape)).collect();
    let mut recorder = Recorder::new(engine);
    kernel(&mut recorder, &inputs, &outputs).unwrap();
    run(&recorder.finish().unwrap());
    outputs.iter().map(|tensor| unguard(engine, tensor)).collect()
}

/// Runs `kernel` on guarded outputs twice on one engine and returns the outputs; both runs have to agree to the bit.
pub fn run_on(
    engine: &Engine,
    inputs: &[(&[usize], &[f32])],
    outputs: &[&[usize]],
    kernel: impl Fn(&mut Recorder, &[Tensor], &[Tensor]) -> Result<()>,
) -> Vec<Vec<f32>> {
    let once = || run_once(engine, inputs, outputs, &kernel);
    let first = once();
    let bits = |all: &Vec<Vec<f32>>| all.concat().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert!(bits(&first) == bits(&once()), "two runs differ");
    first
}

/// Runs `kernel` with one output on both engines and compares with `want`: each element may be off by `ulps` times
/// f32's epsilon times `scale[i]`, the sum of the magnitudes of the terms that make it.
pub fn check(
    inputs: &[(&[usize], &[f32])],
    output: &[usize],
    want: &[f64],
    scale: &[f64],
    ulps: f64,
    kernel: impl Fn(&mut Recorder, &[Tensor], &Tensor) -> Result<()>,
) {
    for engine in engines() {
        let got = run_on(engine, inputs, &[output], |rec, x, y| kernel(rec, x, &y[0]));
        close(&got[0], want, scale, ulps);
    }
}

/// Fails at the element that is furthest outside its tolerance. NaN and infinity only equal themselves.
pub fn close(got: &[f32], want: &[f64], scale: &[f64], ulps: f64) {
    assert_eq!(got.len(), want.len(), "lengths");
    assert_eq!(got.len(), scale.len(), "lengths of the scale");
    let mut worst = (0.0, 0);
    for (i, ((&got, &want), &scale)) in got.iter().zip(want).zip(scale).enumerate() {
        let same = f64::from(got) == want || (got.is_nan() && want.is_nan());
        let off = if same { 0.0 } else { (f64::from(got) - want).abs() / (ulps * f64::from(f32::EPSILON) * scale) };
        // A NaN on one side only compares as unordered: it is the worst that can be.
        if off.is_nan() || off > worst.0 {
            worst = (if off.is_nan() { f64::INFINITY } else { off }, i);
        }
    }
    let (off, i) = worst;
    assert!(off <= 1.0, "element {i}: got {}, want {} ({off:.2} times the tolerance)", got[i], want[i]);
}

/// Values in [-1, 1) that depend on `seed` alone.
pub fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// f32 as f64.
pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

/// Magnitudes as f64: what a reference turns into the sum of the magnitudes of its terms.
pub fn magnitudes(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v).abs()).collect()
}
