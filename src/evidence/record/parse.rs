//! From the bytes of one record to its fields: [`super::plain`] where it can, simd-json where it cannot.
//!
//! What both make of a record is the same; simd-json has the last word on whether something is JSON at all, and is asked again about a
//! copy that was [repaired](super::repair).

use super::delimit::Delimiter;
use super::tape::{Kind, Node, Value};
use super::{plain, repair, walk};
use simd_json::{Buffers, StaticNode, Tape};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Reads records one by one; its buffers are kept from one to the next.
#[derive(Default)]
pub struct Parser {
    delimiter: Delimiter,
    quotes: Vec<u32>,
    nodes: Vec<Node>,
    full: Full,
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parser").field("delimiter", &self.delimiter).finish_non_exhaustive()
    }
}

/// The bytes are not one JSON object, even after repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object")]
pub struct NotAnObject;

impl Parser {
    /// Parses `record` and hands its fields to `read`.
    ///
    /// # Errors
    /// [`NotAnObject`].
    pub fn with<T>(&mut self, record: &[u8], read: impl FnOnce(Value<'_>) -> T) -> Result<T, NotAnObject> {
        self.with_raw(record, |value, _| read(value))
    }

    /// The same for who wants values as they were delivered, too.
    ///
    /// # Errors
    /// [`NotAnObject`].
    pub fn with_raw<'r, T>(&mut self, record: &'r [u8], read: impl FnOnce(Value<'_>, Raw<'r>) -> T) -> Result<T, NotAnObject> {
        let Self { delimiter, quotes, nodes, full } = self;
        let plain = plain::read(delimiter, record, quotes, nodes);
        let text = match plain {
            Some(text) => text,
            None => full.read(record, nodes)?,
        };
        Ok(read(Value::new(nodes, text), Raw { record, plain }))
    }
}

/// A parsed record's own bytes.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'r> {
    record: &'r [u8],
    /// The same as text, where the nodes point into it.
    plain: Option<&'r str>,
}

impl<'r> Raw<'r> {
    /// The value of the first member of `value`, the whole record, that bears each of the keys, as delivered; bytes that are no text become U+FFFD.
    #[must_use]
    pub fn values<const N: usize>(self, value: Value<'_>, keys: [&str; N]) -> [Option<Cow<'r, str>>; N] {
        let Some(text) = self.plain else {
            return walk::raw_values(self.record, keys).map(|raw| raw.map(String::from_utf8_lossy));
        };
        let mut found = [const { None }; N];
        for (key, value) in value.members() {
            if let Some(slot) = keys.iter().position(|wanted| *wanted == key) {
                let raw = value.node().and_then(|node| node.delivered(text));
                found[slot] = found[slot].take().or(raw.map(Cow::Borrowed));
            }
        }
        found
    }
}

/// simd-json and what it works in. It rewrites its input, so it is given a copy, and what it finds is copied once more: escapes are rare enough.
struct Full {
    buffers: Buffers,
    tape: Tape<'static>,
    copy: Vec<u8>,
    text: String,
}

impl Default for Full {
    fn default() -> Self {
        Self { buffers: Buffers::default(), tape: Tape(Vec::new()), copy: Vec::new(), text: String::new() }
    }
}

impl Full {
    /// Fills `nodes`, which point into the text that is given back.
    fn read(&mut self, record: &[u8], nodes: &mut Vec<Node>) -> Result<&str, NotAnObject> {
        let Self { buffers, copy, text, .. } = self;
        copy.clear();
        copy.extend_from_slice(record);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let mut outcome = simd_json::fill_tape(copy, buffers, &mut tape);
        let mut repaired;
        if outcome.is_err() {
            repaired = repair::repaired(record);
            tape = tape.reset();
            outcome = simd_json::fill_tape(&mut repaired, buffers, &mut tape);
        }
        nodes.clear();
        text.clear();
        if outcome.is_ok() {
            nodes.extend(tape.0.iter().map(|node| kept(node, text)));
        }
        self.tape = tape.reset();
        match nodes.first() {
            Some(Node { kind: Kind::Object, .. }) => Ok(text),
            _ => Err(NotAnObject),
        }
    }
}

/// A node of simd-json's as one of ours; what it spells is added to `text`.
fn kept(node: &simd_json::Node<'_>, text: &mut String) -> Node {
    let start = text.len();
    let (kind, below) = match node {
        simd_json::Node::Object { count, .. } => (Kind::Object, *count),
        simd_json::Node::Array { count, .. } => (Kind::Array, *count),
        simd_json::Node::String(string) => {
            text.push_str(string);
            (Kind::Text, 0)
        }
        simd_json::Node::Static(node) => (scalar(*node, text), 0),
    };
    // Records are at most 16 MiB, lines of a CSV at most 256 MiB, and what they spell is hardly longer.
    let number = |number: usize| u32::try_from(number).expect("a record is far below 4 GiB");
    Node { kind, start: number(start), end: number(text.len()), nodes: number(below + 1) }
}

/// Spells a number so that it reads as the same again.
fn scalar(node: StaticNode, text: &mut String) -> Kind {
    // Writing to a string cannot fail.
    match node {
        StaticNode::I64(number) => write!(text, "{number}").map_or(Kind::Null, |()| Kind::Whole),
        StaticNode::U64(number) => write!(text, "{number}").map_or(Kind::Null, |()| Kind::Whole),
        StaticNode::F64(number) => write!(text, "{number:e}").map_or(Kind::Null, |()| Kind::Real),
        StaticNode::Bool(true) => Kind::True,
        StaticNode::Bool(false) => Kind::False,
        StaticNode::Null => Kind::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A value with all that can be asked of it.
    fn told(value: Value<'_>) -> String {
        if value.is_object() {
            let members: Vec<_> = value.members().map(|(key, value)| format!("{key:?}:{}", told(value))).collect();
            return format!("{{{}}}", members.join(","));
        }
        if value.is_array() {
            return format!("[{}]", value.elements().map(told).collect::<Vec<_>>().join(","));
        }
        format!("{:?} {:?} {:?} {:?} {}", value.text(), value.boolean(), value.whole(), value.real(), value.is_null())
    }

    fn by_simd_json(record: &[u8]) -> Result<String, NotAnObject> {
        let (mut full, mut nodes) = (Full::default(), Vec::new());
        full.read(record, &mut nodes).map(|text| told(Value::new(&nodes, text)))
    }

    /// What is made of a record where it is plain, by each instruction set.
    fn plainly(record: &[u8]) -> Option<String> {
        let by = |delimiter: &Delimiter| {
            let (mut quotes, mut nodes) = (Vec::new(), Vec::new());
            plain::read(delimiter, record, &mut quotes, &mut nodes).map(|text| told(Value::new(&nodes, text)))
        };
        let told = by(&Delimiter::portable());
        assert!(Delimiter::all().iter().all(|delimiter| by(delimiter) == told));
        told
    }

    #[test]
    fn a_plain_record_is_read_without_simd_json_and_what_is_not_plain_is_left_to_it() {
        for plain in [
            "{}",
            r#"{"a":"b"}"#,
            " { \"a\" : [ ] , \"b\":[{},{\"c\":-10},0,true,false,null,\"x\"],\"a\":\"\u{fc}ber\",\"\":\"\" } ",
            r#"{"a":123456789012345678,"b":{"c":{"d":"e","f":"g"}},"h":"{[,:]}"}"#,
        ] {
            assert_eq!(plainly(plain.as_bytes()), by_simd_json(plain.as_bytes()).ok(), "{plain}");
            assert!(plainly(plain.as_bytes()).is_some(), "{plain}");
        }
        for other in [
            "",
            "[]",
            "{",
            r#"{"a":"b"},"#,
            r#"{"a":"b",}"#,
            r#"{"a":[1,]}"#,
            r#"{,"a":1}"#,
            r#"{"a" 1}"#,
            r#"{"a":1 2}"#,
            r#"{"a":01}"#,
            r#"{"a":-0}"#,
            r#"{"a":1.5}"#,
            r#"{"a":1234567890123456789}"#,
            r#"{"a":nul}"#,
            r#"{"a":trues}"#,
            r#"{"a":"b\n"}"#,
            "{\"a\":\"\t\"}",
            "{\n\"a\":1}",
            r#"{"a":"b"}{}"#,
            r#"{"a":[}]"#,
            r#"{"a":"b}"#,
            r#"{"a":"b","c"}"#,
            r#"{"a":"b","c":"d","e"}"#,
        ] {
            assert_eq!(plainly(other.as_bytes()), None, "{other}");
        }
        assert_eq!(plainly(b"{\"a\":\"\xff\"}"), None);
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
        assert!(plainly(deep.as_bytes()).is_none() && by_simd_json(deep.as_bytes()).is_ok());
    }

    #[test]
    fn numbers_are_the_same_after_they_were_spelled_again() {
        let text = r#"{"a":[1.5,-0.1e-7,1e22,18446744073709551615,-9223372036854775808,5e-324,"\u0041"]}"#;
        let mut parser = Parser::default();
        parser
            .with(text.as_bytes(), |value| {
                let elements: Vec<_> = value.get("a").into_iter().flat_map(Value::elements).collect();
                let reals: Vec<_> = elements.iter().map(|element| element.real()).collect();
                assert_eq!(reals, [Some(1.5), Some(-0.1e-7), Some(1e22), None, None, Some(5e-324), None]);
                assert_eq!(elements[3].whole(), Some(u64::MAX.into()));
                assert_eq!(elements[4].whole(), Some(i64::MIN.into()));
                assert_eq!(elements[6].text(), Some("A"));
            })
            .unwrap();
    }

    /// A value in JSON, plain but for now and then a thing that is not.
    fn value() -> impl Strategy<Value = String> {
        let odd = [r#""\u0041\"""#, "1.5e3", "-0", "\"\u{1}\"", "[1,]"].map(str::to_owned);
        let scalar = prop_oneof![
            10 => "\"[a-zA-Z0-9 ,:{}]{0,40}\"",
            2 => "\"[^\\p{C}\"\\\\]{0,12}\"",
            3 => "-?[0-9]{1,20}",
            2 => "(true|false|null)",
            1 => proptest::sample::select(odd.to_vec()),
        ];
        scalar.prop_recursive(4, 60, 6, |inner| {
            let members = proptest::collection::vec(("\"[a-z]{0,9}\"", inner.clone()), 0..6);
            let object = members.prop_map(|members| {
                let members: Vec<_> = members.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", members.join(","))
            });
            let array = proptest::collection::vec(inner, 0..6).prop_map(|elements| format!("[{}]", elements.join(", ")));
            prop_oneof![3 => object, 1 => array]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_is_read_plainly_is_what_simd_json_reads(
            value in value(),
            damage in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let mut record = format!("{{\"k\":{value},\"eventName\":\"x\"}}").into_bytes();
            if let Some((place, byte)) = damage {
                let place = place.index(record.len());
                record[place] = byte;
            }
            if let Some(told) = plainly(&record) {
                prop_assert_eq!(Ok(told), by_simd_json(&record));
                const KEYS: [&str; 2] = ["k", "eventName"];
                let raw = Parser::default().with_raw(&record, |value, raw| raw.values(value, KEYS)).unwrap();
                prop_assert_eq!(raw, walk::raw_values(&record, KEYS).map(|raw| raw.map(String::from_utf8_lossy)));
            }
        }

        #[test]
        fn quotes_are_found_by_each_instruction_set(
            mut text in proptest::collection::vec(prop_oneof![5 => 0x20..0x5Bu8, 1 => Just(b'"'), 1 => 0x5D..0x80u8], 1..300),
            odd in proptest::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>())),
        ) {
            if let Some((place, byte)) = odd {
                let place = place.index(text.len());
                text[place] = byte;
            }
            let is_plain = text.iter().all(|byte| *byte >= 0x20 && *byte != b'\\');
            let expected: Vec<u32> = (0..).zip(&text).filter(|(_, byte)| **byte == b'"').map(|(at, _)| at).collect();
            for delimiter in Delimiter::all() {
                let mut places = Vec::new();
                let found = delimiter.quotes(&text, &mut places);
                prop_assert_eq!(found.is_some(), is_plain);
                if let Some(found) = found {
                    prop_assert_eq!(&places[..found.quotes], &expected[..]);
                    prop_assert_eq!(found.is_ascii, text.is_ascii());
                }
            }
        }
    }

    #[test]
    fn raw_values_are_those_of_a_walk_however_the_record_is_laid_out() {
        const KEYS: [&str; 3] = ["requestParameters", "responseElements", "addendum"];
        for text in [
            r#"{"requestParameters":{"a":[1,{}],"requestParameters":2},"responseElements":null,"x":1,"addendum":"a,\\"}"#,
            "{ \"responseElements\" : \"}\" ,\n\"requestParameters\"\t: [ ] , \"responseElements\" : 1 } ",
            r#"{"request\u0050arameters":1,"responseElements":{"requestParameters":"\u0041"},"":{},"addendum":-1.5e3}"#,
            "{}",
        ] {
            let raw = Parser::default().with_raw(text.as_bytes(), |value, raw| raw.values(value, KEYS)).unwrap();
            assert_eq!(raw, walk::raw_values(text.as_bytes(), KEYS).map(|raw| raw.map(String::from_utf8_lossy)), "{text}");
        }
        let repaired = r#"{"requestParameters":"\udc00"}"#;
        let raw = Parser::default().with_raw(repaired.as_bytes(), |value, raw| raw.values(value, KEYS)).unwrap();
        assert_eq!(raw[0].as_deref(), Some(r#""\udc00""#));
    }
}
