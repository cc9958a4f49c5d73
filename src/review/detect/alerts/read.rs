//! One export in, its alerts out.

use super::formats::{FORMATS, unknown};
use super::import::{Import, Options, Unreadable};
use super::reading::Reading;
use super::sheet::Sheet;
use super::{document, own, walk};

/// Reads an export. What is damaged in it is a [`Problem`](super::import::Problem) or in [`Import::truncated`], never passed over.
///
/// # Errors
/// When nothing of it can be used, or a time cannot be placed without the user's word.
pub(crate) fn read(bytes: &[u8], options: &Options) -> Result<Import, Unreadable> {
    if let Some(name) = options.map.keys().find(|name| !own::COLUMNS.contains(&name.as_str())) {
        let known = own::COLUMNS.map(|column| format!("`{column}`")).join(", ");
        return Err(Unreadable::NoSuchColumn { name: name.clone(), known });
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (text, torn) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, false),
        // Without a length the text ends within a character, so it was cut.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            (std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(), true)
        }
        Err(error) => return Err(Unreadable::NotText(error.valid_up_to())),
    };
    if let Some(nul) = memchr::memchr(0, text.as_bytes()) {
        return Err(Unreadable::NotText(nul));
    }
    let mut reading = Reading::new(options);
    if torn {
        reading.truncated("the file ends in the middle of a character".to_owned());
    }
    match text.trim_start().as_bytes().first() {
        None => return Err(Unreadable::Empty),
        Some(b'{' | b'[') => walk::walk(document::read(text, &walk::lists()), &mut reading)?,
        Some(_) => {
            let sheet = Sheet::read(text, &mut reading).ok_or_else(unknown)?;
            let mut formats = FORMATS.iter().filter_map(|format| Some((format.vendor, format.sheet.as_ref()?)));
            let (vendor, form) = formats.find(|(_, form)| (form.fits)(&sheet)).ok_or_else(unknown)?;
            reading.vendor(vendor);
            (form.read)(&sheet, &mut reading);
        }
    }
    reading.done()
}
