//! What is wrong with a call is returned by that call, and the next call works.

use std::sync::Arc;

use tunevote::blocking::wait;
use tunevote::gpu::{AdapterChoice, Engine, Features, Recorder, Tensor, adapters};
use tunevote::kernels::pointwise;
use tunevote::shape::Unary;
use tunevote::wgpu::{self, BufferUsages};

use crate::harness::engines;

/// A device that a program opened by itself. What the library leaves to its handler ends the test.
pub fn callers_device() -> (wgpu::Device, wgpu::Queue) {
    let name = &engines()[1].info().name;
    let found = pollster::block_on(adapters());
    let adapter = found.iter().find(|adapter| adapter.get_info().name == *name).unwrap();
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).unwrap();
    device.on_uncaptured_error(Arc::new(|error| panic!("left to the caller: {error}")));
    (device, queue)
}

pub fn callers_engine() -> Engine {
    let (device, queue) = callers_device();
    Engine::from_device(device, queue)
}

fn buffer(engine: &Engine, bytes: u64, usage: BufferUsages) -> wgpu::Buffer {
    let desc = wgpu::BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false };
    engine.device().create_buffer(&desc)
}

const ALL: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_SRC).union(BufferUsages::COPY_DST);

fn negate(engine: &Engine, x: &Tensor, y: &Tensor) -> Result<(), String> {
    let mut rec = Recorder::new(engine);
    pointwise::unary(&mut rec, x, y, &[Unary::Neg])
        .and_then(|()| rec.finish())
        .map(|recording| {
            recording.run();
        })
        .map_err(|error| error.to_string())
}

#[test]
fn a_buffer_of_the_callers_that_cannot_be_used() {
    let engine = &callers_engine();
    let tensor = |offset, usage| Tensor::from_buffer(buffer(engine, 1024, usage), offset, [4]).unwrap();
    let y = &tensor(256, ALL);
    let align = engine.device().limits().min_storage_buffer_offset_alignment;
    let refused = negate(engine, &tensor(4, ALL), y).unwrap_err();
    assert_eq!(
        refused,
        format!("unary_vec4: a tensor starts at byte 4 of its buffer, and this device binds at multiples of {align}")
    );
    let copied = tensor(0, BufferUsages::COPY_SRC | BufferUsages::COPY_DST);
    let without = |operation: &str, usage: &str| {
        format!("{operation}: the buffer of a tensor of shape (4) was made without the usage BufferUsages({usage})")
    };
    assert_eq!(negate(engine, &copied, y).unwrap_err(), without("unary_vec4", "STORAGE"));
    let bound = tensor(0, BufferUsages::STORAGE);
    let mut rec = Recorder::new(engine);
    assert_eq!(rec.copy(&bound, y).unwrap_err().to_string(), without("copy", "COPY_SRC"));
    assert_eq!(rec.copy(y, &bound).unwrap_err().to_string(), without("copy", "COPY_DST"));
    let refused = engine.write(&bound, &[0.0; 4]).unwrap_err().to_string();
    assert!(refused.contains("COPY_DST"), "{refused}");
    let refused = wait(engine, engine.read(&bound)).unwrap_err().to_string();
    assert!(refused.contains("COPY_SRC"), "{refused}");
    // What the device alone knows.
    let gone = tensor(0, ALL);
    gone.buffer().destroy();
    let refused = negate(engine, &gone, y).unwrap_err();
    assert!(refused.contains(&engine.info().name) && refused.contains("destroyed"), "{refused}");
    let refused = wait(engine, engine.read(&gone)).unwrap_err().to_string();
    assert!(refused.contains("destroyed"), "{refused}");
    // And all is well afterwards.
    let x = engine.upload([4], &[1.0, -2.0, 3.0, -4.0]).unwrap();
    negate(engine, &x, y).unwrap();
    assert_eq!(wait(engine, engine.read(y)).unwrap(), [-1.0, 2.0, -3.0, 4.0]);
}

#[test]
fn sizes_that_do_not_fit() {
    let engine = &engines()[1];
    let said = |result: tunevote::Result<Tensor>| result.unwrap_err().to_string();
    let over = |offset, shape: &[usize]| Tensor::from_buffer(buffer(engine, 1024, ALL), offset, shape);
    assert!(over(768, &[8, 8]).is_ok());
    assert_eq!(said(over(772, &[8, 8])), "tensor: buffer should be 256 bytes from 772 on, but is 1024 bytes");
    let last = u64::MAX - 3;
    assert_eq!(
        said(over(last, &[8, 8])),
        format!("tensor: buffer should be 256 bytes from {last} on, but is 1024 bytes")
    );
    assert_eq!(said(over(2, &[4])), "tensor: the offset should be a multiple of 4 bytes, is 2");
    let nothing = "tensor: shape should be at least 1 along each axis, but is (3, 0)";
    assert_eq!(said(over(0, &[3, 0])), nothing);
    assert_eq!(said(engine.tensor([3, 0])), nothing);
    let most = usize::MAX;
    let much = format!("tensor: shape should be at most 4294967295 elements, but is ({most}, 2)");
    assert_eq!(said(over(0, &[most, 2])), much);
    assert_eq!(said(engine.tensor([most, 2])), much);
    let refused = said(engine.tensor([1 << 31]));
    assert!(refused.contains("(2147483648) needs 8589934592 bytes") && refused.contains("smaller batch"), "{refused}");
}

/// The last row can be bound; one behind it is none.
#[test]
fn rows_at_the_end() {
    for engine in engines() {
        let x = engine.upload([3, 64], &[2.0; 192]).unwrap();
        let y = engine.tensor([1, 64]).unwrap();
        negate(engine, &x.rows(2, 3).unwrap(), &y).unwrap();
        assert_eq!(wait(engine, engine.read(&y)).unwrap(), [-2.0; 64]);
        for (from, to) in [(3, 3), (0, 0), (2, 1), (2, 4)] {
            let refused = x.rows(from, to).unwrap_err().to_string();
            assert_eq!(refused, format!("rows: tensor should be one with rows {from}..{to}, but is (3, 64)"));
        }
    }
}

#[test]
fn a_copy_within_one_buffer() {
    let engine = &engines()[1];
    let x = engine.upload([4, 64], &[2.0; 256]).unwrap();
    let mut rec = Recorder::new(engine);
    for to in [x.clone(), x.reshape([256]).unwrap()] {
        let refused = rec.copy(&x, &to).unwrap_err().to_string();
        assert_eq!(refused, "copy: to should be in a buffer of its own, but is in the buffer that is copied from");
    }
    assert!(rec.copy(&x.rows(0, 1).unwrap(), &x.rows(1, 2).unwrap()).is_err());
    assert!(rec.finish().unwrap().is_empty());
}

#[test]
fn a_fault_is_told_once_and_a_loss_for_ever() {
    let choice = AdapterChoice::Name(engines()[1].info().name.clone());
    let engine = &pollster::block_on(Engine::headless(&choice, Features::Portable)).unwrap();
    // Somebody's mistake on our device: no call of ours can return it, so the next one does.
    buffer(engine, 16, BufferUsages::MAP_READ | BufferUsages::MAP_WRITE);
    let refused = engine.tensor([4]).unwrap_err().to_string();
    assert!(refused.contains(&engine.info().name), "{refused}");
    engine.check().unwrap();
    let x = engine.upload([4], &[1.0; 4]).unwrap();
    assert_eq!(wait(engine, engine.read(&x)).unwrap(), [1.0; 4]);
    engine.device().destroy();
    let _ = engine.device().poll(wgpu::PollType::Poll);
    for _ in 0..2 {
        let refused = engine.check().unwrap_err().to_string();
        assert!(refused.contains("the GPU was lost"), "{refused}");
        assert!(engine.tensor([4]).is_err());
    }
}
