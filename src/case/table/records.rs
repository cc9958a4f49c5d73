//! Tables of every record, not only root's: `account=.../day=.../part-0000.parquet`.
//!
//! The columns are those of the timeline without what only a review of root activity fills, and some that tell other identities apart.

use super::columns::{Kind as Type, Rows};
use super::event::{self, Origin, as_text, json_text};
use crate::evidence::record::view::{Raw, Record};

/// Who, where it is not root: the identity's type, its unique id, the role or user behind a session; and what was touched, as JSON.
const WHO: [(&str, Type); 4] =
    [("identity_type", Type::Word), ("principal_id", Type::Word), ("session_issuer_arn", Type::Word), ("resources", Type::Text)];

/// The columns, the record itself among them where it is asked for.
#[must_use]
pub fn schema(with_record: bool) -> Vec<(&'static str, Type)> {
    let record: &[(&str, Type)] = if with_record { &[("record", Type::Text)] } else { &[] };
    [&event::PLACE[..], &event::LABEL, &event::CALL, &event::WORTH, &WHO, record].concat()
}

/// Fills a row; `delivered` is the record as it came, where the schema has room for it.
pub fn row(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>, raw: Raw<'_>, delivered: Option<&[u8]>) {
    let [parameters, elements, data, addendum] = event::JSON;
    let keys = [parameters, elements, data, addendum, "resources"];
    let [parameters, elements, data, addendum, resources] = raw.values(record.value, keys);
    event::place(rows, record, origin);
    event::label(rows, record, origin);
    event::call(rows, record, origin, &[parameters, elements, data, addendum]);
    event::worth(rows, record, origin);
    rows.text(record.identity.kind);
    rows.text(record.identity.principal_id);
    rows.text(record.identity.issuer_arn);
    json_text(rows, resources.as_deref());
    if let Some(delivered) = delivered {
        rows.text(Some(&as_text(delivered)));
    }
    rows.end();
}
