//! What a format is. [`super::formats`] lists them.

use super::alert::Vendor;
use super::around::Around;
use super::import::Options;
use super::reading::Reading;
use super::sheet::Sheet;
use serde_json::Value;

/// A vendor's formats.
pub(super) struct Format {
    pub vendor: Vendor,
    /// What the vendor's exports are called, for the message that lists them.
    pub forms: &'static str,
    /// JSON items.
    pub items: Option<Items>,
    /// CSV.
    pub sheet: Option<Rows>,
}

/// How items of JSON are read.
pub(super) struct Items {
    /// Members under which lists of items, or one, lie.
    pub lists: &'static [&'static str],
    /// A reader for one export.
    pub reader: fn(&Options) -> Box<dyn Reader>,
}

/// How the rows of a CSV are read.
pub(super) struct Rows {
    /// Whether the header is of this format.
    pub fits: fn(&Sheet<'_>) -> bool,
    pub read: fn(&Sheet<'_>, &mut Reading<'_>),
}

/// Whether an item is of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    No,
    /// It can be taken when it is in no other format and holds none.
    LastResort,
    Yes,
}

/// Takes the items of one export. An item comes without what it was wrapped in; that is told by [`Around`].
pub(super) trait Reader {
    /// Whether an item is of this format, by its own members.
    fn fit(&self, item: &Value, around: &Around) -> Fit;
    /// Takes an item that fits.
    fn take(&mut self, item: &Value, around: &Around, reading: &mut Reading<'_>);
    /// Called once after the last item, for what several items tell together.
    fn finish(&mut self, _reading: &mut Reading<'_>) {}
}
