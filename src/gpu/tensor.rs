//! f32 numbers in the device's memory.

use crate::error::{Error, Result};
use crate::shape::Shape;

/// A contiguous, row-major f32 tensor (or 32-bit words read as such) in a buffer of the device.
///
/// Cloning shares the memory.
#[derive(Clone, Debug)]
pub struct Tensor {
    buffer: wgpu::Buffer,
    offset: u64,
    shape: Shape,
}

impl Tensor {
    /// A tensor over the caller's own buffer, from `offset` bytes on. A kernel that gets it asks for `STORAGE` usage and an
    /// offset that is a multiple of the device's `min_storage_buffer_offset_alignment`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the buffer is too small or an extent is 0, [`Error::Argument`] if the offset is not a multiple of 4.
    pub fn from_buffer(buffer: wgpu::Buffer, offset: u64, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        shape.check("tensor", "shape")?;
        if !offset.is_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT) {
            let problem = format!("the offset should be a multiple of 4 bytes, is {offset}");
            return Err(Error::Argument { operation: "tensor", problem });
        }
        let tensor = Self { buffer, offset, shape };
        if offset.checked_add(tensor.bytes()).is_none_or(|end| end > tensor.buffer.size()) {
            let got = format!("{} bytes", tensor.buffer.size());
            return Err(Error::shape(
                "tensor",
                "buffer",
                format_args!("{} bytes from {offset} on", tensor.bytes()),
                got,
            ));
        }
        Ok(tensor)
    }

    /// The same memory with another shape of as many elements.
    ///
    /// # Errors
    /// [`Error::Shape`] if the counts differ.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if shape.count() != self.len() {
            return Err(Error::shape("reshape", "shape", format_args!("{} elements", self.len()), shape));
        }
        Ok(Self { shape, ..self.clone() })
    }

    /// Rows `from..to` of the first axis, at least one, sharing the memory.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not so many rows or `from` is not below `to`.
    pub fn rows(&self, from: usize, to: usize) -> Result<Self> {
        let dims = self.shape.dims();
        let Some((&count, rest)) = dims.split_first().filter(|(count, _)| from < to && to <= **count) else {
            return Err(Error::shape("rows", "tensor", format_args!("one with rows {from}..{to}"), &self.shape));
        };
        let row = self.len() / count;
        let shape = Shape::from([&[to - from], rest].concat());
        Ok(Self { buffer: self.buffer.clone(), offset: self.offset + 4 * (from * row) as u64, shape })
    }

    /// The extents.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.count()
    }

    /// Whether there are no elements: never, as every extent is at least 1.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size in bytes.
    pub fn bytes(&self) -> u64 {
        4 * self.len() as u64
    }

    /// The buffer that holds it.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Where it starts in the buffer, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn binding(&self) -> wgpu::BufferBinding<'_> {
        wgpu::BufferBinding { buffer: &self.buffer, offset: self.offset, size: wgpu::BufferSize::new(self.bytes()) }
    }
}
