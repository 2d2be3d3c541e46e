//! LevelDB's sorted tables, as far as a checkpoint's index needs them: blocks of keys with common prefixes, uncompressed.
//!
//! From the format's description, `doc/table_format.md` of LevelDB.

/// The last eight bytes.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
/// Two block handles and the magic number.
const FOOTER: usize = 48;

/// A key and its value.
pub type Entry<'a> = (Vec<u8>, &'a [u8]);

/// All keys with their values, in order.
///
/// # Errors
/// What is wrong with the bytes.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry<'_>>, String> {
    let footer = bytes.len().checked_sub(FOOTER).map(|at| &bytes[at..]).ok_or("is too short for a table")?;
    let (handles, magic) = footer.split_at(FOOTER - 8);
    if magic != MAGIC.to_le_bytes() {
        return Err("does not end as a table does".into());
    }
    let mut handles = Bytes(handles);
    let _metaindex = handles.handle()?;
    let index = handles.handle()?;
    let mut all = Vec::new();
    for (_, handle) in block(bytes, index)? {
        all.extend(block(bytes, Bytes(handle).handle()?)?);
    }
    Ok(all)
}

/// A block's entries. Behind it stand its restart points and their number, then a byte that names the compression.
fn block(bytes: &[u8], (at, size): (usize, usize)) -> Result<Vec<Entry<'_>>, String> {
    let cut = || "is cut short".to_owned();
    let end = at.checked_add(size).ok_or_else(cut)?;
    let whole = bytes.get(at..end).ok_or_else(cut)?;
    if *bytes.get(end).ok_or_else(cut)? != 0 {
        return Err("is compressed, which this build does not read".into());
    }
    let (body, restarts) = whole.split_last_chunk::<4>().ok_or_else(cut)?;
    let restarts = u32::from_le_bytes(*restarts) as usize;
    let body = restarts.checked_mul(4).and_then(|size| body.len().checked_sub(size)).ok_or_else(cut)?;
    let mut rest = Bytes(&whole[..body]);
    let mut key = Vec::new();
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        let [shared, own, value] = [rest.size()?, rest.size()?, rest.size()?];
        if shared > key.len() {
            return Err("has a key that continues none".into());
        }
        key.truncate(shared);
        key.extend_from_slice(rest.take(own)?);
        all.push((key.clone(), rest.take(value)?));
    }
    Ok(all)
}

/// Bytes that are read from the front.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next so many.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("is cut short")?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number in groups of seven bits, the lowest first.
    pub fn number(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)? else { return Err("is cut short".into()) };
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("holds a number of more than 64 bits".into())
    }

    /// A number that counts bytes.
    pub fn size(&mut self) -> Result<usize, String> {
        usize::try_from(self.number()?).map_err(|_| "holds a size beyond this machine's".into())
    }

    /// Where a block lies, and its size.
    fn handle(&mut self) -> Result<(usize, usize), String> {
        Ok((self.size()?, self.size()?))
    }
}
