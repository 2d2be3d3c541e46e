//! Runs one kernel on guarded memory and compares it with its reference.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use tunevote::doctor::{Case, guard};
use tunevote::gpu::{AdapterChoice, AdapterKind, Engine, Features, Recorder, Recording, Tensor};
use tunevote::reference::compare::furthest;
pub use tunevote::reference::compare::{bits, magnitudes, noise, wide};
use tunevote::{Result, wgpu};

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

/// The adapter's own device, and the portable one with the kernels of each kind of adapter: what is chosen by kind has to hold on all.
pub fn kinds() -> &'static [Engine; 3] {
    static KINDS: OnceLock<[Engine; 3]> = OnceLock::new();
    KINDS.get_or_init(|| {
        let [own, portable] = engines().clone();
        [own, portable.clone().with_kind(AdapterKind::Cpu), portable.with_kind(AdapterKind::Gpu)]
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

/// A tensor in the middle of a buffer that is NaN all over.
pub fn guarded(engine: &Engine, shape: &[usize]) -> Tensor {
    guard::guarded(engine, shape).unwrap()
}

/// The values of a guarded tensor, after checking that nothing outside was touched and everything inside was written.
pub fn unguard(engine: &Engine, tensor: &Tensor) -> Vec<f32> {
    guard::unguarded(engine, tensor).unwrap()
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
    note(recording);
}

fn note(recording: &Recording) {
    for (kernel, groups) in recording.kernels() {
        RAN.lock().unwrap().insert(kernel.name().to_owned());
        GROUPS.with_borrow_mut(|all| {
            let most = all.entry(kernel.name().to_owned()).or_default();
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
    assert!(all_bits(&first) == all_bits(&once()), "two runs differ");
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

/// Runs a case twice on both engines: both runs agree to the bit and are as the reference says.
pub fn check_case(case: &Case) {
    check_on(engines(), case);
}

/// The same with the kernels of each kind of adapter.
pub fn check_kinds(case: &Case) {
    check_on(kinds(), case);
}

fn check_on(engines: &[Engine], case: &Case) {
    for engine in engines {
        let once = || {
            let ran = case.run(engine).unwrap_or_else(|error| panic!("{case}: {error}"));
            note(&ran.recording);
            ran.values
        };
        let first = once();
        assert!(all_bits(&first) == all_bits(&once()), "{case}: two runs differ");
        for (output, got) in case.outputs.iter().zip(&first) {
            assert_eq!((output.want.len(), output.scale.len()), (got.len(), got.len()), "{case}: lengths");
        }
        let (worst, which) = case.compare(&first);
        assert!(worst <= 1.0, "{case}: {which}");
    }
}

fn all_bits(all: &[Vec<f32>]) -> Vec<u32> {
    all.concat().iter().map(|v| v.to_bits()).collect()
}

/// Fails at the element that is furthest outside its tolerance. NaN and infinity only equal themselves.
pub fn close(got: &[f32], want: &[f64], scale: &[f64], ulps: f64) {
    assert_eq!(got.len(), want.len(), "lengths");
    assert_eq!(got.len(), scale.len(), "lengths of the scale");
    let (off, i) = furthest(got, want, scale, ulps);
    assert!(off <= 1.0, "element {i}: got {}, want {} ({off:.2} times the tolerance)", got[i], want[i]);
}

/// Numbers that follow from a name, as `noise` of tools/fixtures/training.py and networks.py has them.
pub fn noise_of_name(name: &str, count: usize, scale: f64) -> Vec<f32> {
    let seed = name.bytes().fold(0x811c_9dc5_u32, |seed, byte| (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let element = |i: u32| {
        let mut x = i.wrapping_mul(0x9e37_79b1).wrapping_add(seed);
        x = (x ^ x >> 16).wrapping_mul(0x85eb_ca6b);
        x = (x ^ x >> 13).wrapping_mul(0xc2b2_ae35);
        x ^= x >> 16;
        ((x >> 8) as f32 / 8_388_608.0 - 1.0) * scale as f32
    };
    (0..count as u32).map(element).collect()
}
