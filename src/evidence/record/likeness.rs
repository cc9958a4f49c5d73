//! Whether text that is not read looks like CloudTrail all the same: an export in a form that is not known, records wrapped as text, a flat table.
//!
//! What looks like evidence and is not read is evidence lost, and has to be named. A false alarm costs a look at the object, a missed one can clear an
//! account, so in doubt it is an alarm. The rule, for each stretch of text:
//! - two different fields of a record, in any case and with anything around them; or
//! - the identity or the recipient's account as one field, and an account ID; or one field, and an identity of type Root; or
//! - the ARN of a root user, unless the text is a policy or a credential report; or
//! - base64 of any of these, compressed or not.
//!
//! Notifications of other services (`"eventSource": "aws:s3"`) share field names with records. Where every source in a stretch is of that kind, only
//! what no notification has is a sign. Text that gave records is not looked at.

use aho_corasick::AhoCorasick;
use base64ct::{Base64, Encoding as _};
use memchr::memmem;
use std::io::Read;
use std::sync::LazyLock;

/// Bytes of a text that are looked at together.
const STRETCH: usize = 1 << 20;

/// Bytes at the end of a stretch that are looked at again with the next one, so that no record is cut in two.
const OVERLAP: usize = 64 << 10;

/// Bytes of a text that comes piece by piece which are looked at. Nobody knows what it is, and it may be the image of a disk.
const SEARCHED: u64 = 256 << 20;

/// What is decoded of base64: so many letters of each text, so much of what it inflates to, and so many bytes in a stretch.
const DECODED_LETTERS: usize = 16 << 10;
const INFLATED: u64 = 64 << 10;
const DECODED: usize = 4 << 20;

/// Why fields make a text look like CloudTrail.
const OF_FIELDS: &str = "fields of CloudTrail records, in a form that is not read";

/// Fields of a record, in the spellings of exports; those of one number are one field. Case and what is around them do not matter.
const FIELDS: [(&str, u8); 26] = [
    ("useridentity", IDENTITY),
    ("user_identity", IDENTITY),
    ("user identity", IDENTITY),
    ("recipientaccountid", RECIPIENT),
    ("recipient_account_id", RECIPIENT),
    ("recipient account id", RECIPIENT),
    ("eventversion", 2),
    ("event_version", 2),
    ("eventsource", SOURCE),
    ("event_source", SOURCE),
    ("eventname", 4),
    ("event_name", 4),
    ("sourceipaddress", 5),
    ("source_ip_address", 5),
    ("requestparameters", 6),
    ("request_parameters", 6),
    ("responseelements", 7),
    ("response_elements", 7),
    // A record as text inside of something else, and where it came from.
    ("cloudtrailevent", EVENT),
    ("aws:cloudtrail", 9),
    ("aws.cloudtrail", 9),
    ("\"cloudtrail\"", PRODUCT),
    // Fields of the Open Cybersecurity Schema Framework, which mean a record only beside the name of the product.
    ("class_uid", OCSF),
    ("type_uid", OCSF),
    ("activity_id", OCSF),
    ("type", TYPE),
];

const IDENTITY: u8 = 0;
const RECIPIENT: u8 = 1;
const SOURCE: u8 = 3;
const EVENT: u8 = 8;
/// The name of the product.
const PRODUCT: u8 = 10;
const OCSF: u8 = 11;
/// The type of an identity, where it is Root.
const TYPE: u8 = 12;

/// Numbers below this one are fields of a record.
const RECORD_FIELDS: u16 = (1 << PRODUCT) - 1;

/// Fields that notifications do not have.
const NO_NOTIFICATION: u16 = 1 << RECIPIENT | 1 << EVENT | 1 << 9;

static NAMES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let names = FIELDS.iter().map(|(name, _)| *name);
    AhoCorasick::builder().ascii_case_insensitive(true).build(names).expect("the names are few and short")
});

/// Why a text looks like CloudTrail; `None` where it does not.
#[must_use]
pub(crate) fn of(text: &[u8]) -> Option<&'static str> {
    let mut rest = text;
    loop {
        let found = stretch(&rest[..rest.len().min(STRETCH)]);
        if found.is_some() || rest.len() <= STRETCH {
            return found;
        }
        rest = &rest[STRETCH - OVERLAP..];
    }
}

/// The same of a text that comes piece by piece, as far as it is looked at.
///
/// # Errors
/// Those of the reader.
pub(crate) fn of_stream(text: &mut dyn Read) -> std::io::Result<Option<&'static str>> {
    let mut text = text.take(SEARCHED);
    let mut held = Vec::with_capacity(STRETCH);
    loop {
        let before = held.len();
        (&mut text).take((STRETCH - before) as u64).read_to_end(&mut held)?;
        if let Some(found) = stretch(&held) {
            return Ok(Some(found));
        }
        if held.len() < STRETCH {
            return Ok(None);
        }
        held.drain(..STRETCH - OVERLAP);
    }
}

fn stretch(text: &[u8]) -> Option<&'static str> {
    // UTF-16 or UTF-32 without its mark.
    if memchr::memchr(0, &text[..text.len().min(256)]).is_some() {
        let narrow: Vec<u8> = text.iter().copied().filter(|byte| *byte != 0).collect();
        return plain(&narrow).or_else(|| encoded(&narrow));
    }
    plain(text).or_else(|| encoded(text))
}

fn plain(text: &[u8]) -> Option<&'static str> {
    let mut seen = 0u16;
    // Whether there is a notification, and whether there is a source that is of none.
    let (mut notified, mut other_source) = (false, false);
    for found in NAMES.find_overlapping_iter(text) {
        let (_, number) = FIELDS[found.pattern().as_usize()];
        match number {
            SOURCE => match source(&text[found.end()..]) {
                Some(true) => {
                    notified = true;
                    continue;
                }
                Some(false) => other_source = true,
                None => continue,
            },
            TYPE if !is_root_next(&text[found.end()..]) => continue,
            _ => {}
        }
        seen |= 1 << number;
        if seen & (1 << EVENT) != 0 || (other_source || seen & NO_NOTIFICATION != 0) && (seen & RECORD_FIELDS).count_ones() >= 2 {
            return Some(OF_FIELDS);
        }
        if seen & (1 << PRODUCT) != 0 && seen & (1 << OCSF) != 0 {
            return Some("CloudTrail records in OCSF, which is not read");
        }
    }
    let fields = seen & RECORD_FIELDS;
    let is_like = if notified && !other_source {
        fields & NO_NOTIFICATION != 0 || seen & (1 << TYPE) != 0
    } else {
        fields.count_ones() >= 2
            || fields != 0 && seen & (1 << TYPE) != 0
            || fields & (1 << IDENTITY | 1 << RECIPIENT) != 0 && holds_account(text)
    };
    if is_like {
        return Some(OF_FIELDS);
    }
    (holds_root_arn(text) && !is_of_policies(text)).then_some("the ARN of a root user, in a form that is not read")
}

/// Most bytes between a name and its value: quotes, escapes of quotes, colons and the like.
const BETWEEN: usize = 24;

/// What comes next in a text that is a letter or digit.
fn next_word(rest: &[u8]) -> &[u8] {
    let skipped = rest.iter().take(BETWEEN).take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    &rest[skipped..]
}

/// Whether a source whose name ends where `rest` begins is that of a notification; `None` where that is another, longer name.
fn source(rest: &[u8]) -> Option<bool> {
    if rest.get(..3).is_some_and(|next| next.eq_ignore_ascii_case(b"arn")) {
        return None;
    }
    Some(next_word(rest).get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"aws:")))
}

fn is_root_next(rest: &[u8]) -> bool {
    let word = next_word(rest);
    word.len() < rest.len()
        && word.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"root"))
        && word.get(4).is_none_or(|after| !after.is_ascii_alphanumeric())
}

/// Whether a record that does not say who acted names root in another place: as the type or the ARN of somebody.
#[must_use]
pub(crate) fn names_root(record: &[u8]) -> bool {
    let types = || NAMES.find_overlapping_iter(record).filter(|found| FIELDS[found.pattern().as_usize()].1 == TYPE);
    holds_root_arn(record) || types().any(|found| is_root_next(&record[found.end()..]))
}

/// Twelve digits that stand for themselves.
fn holds_account(text: &[u8]) -> bool {
    text.chunk_by(|one, next| one.is_ascii_alphanumeric() == next.is_ascii_alphanumeric())
        .any(|word| word.len() == 12 && word.iter().all(u8::is_ascii_digit))
}

/// `arn:<partition>:iam::<account>:root`.
fn holds_root_arn(text: &[u8]) -> bool {
    memmem::find_iter(text, b":iam::").any(|at| {
        let rest = &text[at + b":iam::".len()..];
        let digits = rest.iter().take(13).take_while(|byte| byte.is_ascii_digit()).count();
        digits == 12 && rest[12..].starts_with(b":root")
    })
}

/// Whether the text is one of those that name roots and tell of nothing that was done: a policy, or a credential report.
fn is_of_policies(text: &[u8]) -> bool {
    let holds = |name: &[u8]| memmem::find(text, name).is_some();
    holds(b"\"Statement\"") && holds(b"\"Effect\"") || text.starts_with(b"user,arn,")
}

/// How base64 begins of a gzip, of a zlib stream, and of JSON: `{"`, `[{"`, `{` and `[` before a line break or a space.
const STARTS: [&[u8]; 12] = [b"H4sI", b"eJw", b"eJx", b"eJy", b"eJz", b"eyJ", b"W3si", b"ewog", b"Wwog", b"ew0K", b"Ww0K", b"eyAi"];

/// Records in base64, plain or compressed.
fn encoded(text: &[u8]) -> Option<&'static str> {
    let mut left = DECODED;
    for start in STARTS.iter().flat_map(|start| memmem::find_iter(text, start)) {
        let Some(decoded) = decoded(&text[start..]) else { continue };
        if plain(&decoded).is_some() {
            return Some("CloudTrail records in base64, which is not read");
        }
        left = left.checked_sub(decoded.len())?;
    }
    None
}

/// The start of a text in base64, of either alphabet and broken into lines or not; inflated where it is compressed.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut letters = Vec::new();
    let mut bytes = text.iter().take(DECODED_LETTERS).peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'-' => letters.push(b'+'),
            b'_' => letters.push(b'/'),
            b'+' | b'/' => letters.push(*byte),
            b'\r' | b'\n' | b' ' | b'\t' => {}
            // Escapes of a line break or a slash, however often they were escaped.
            b'\\' if bytes.next_if(|next| matches!(next, b'r' | b'n')).is_some() => {}
            b'\\' if bytes.peek().is_some_and(|next| matches!(next, b'/' | b'\\')) => {}
            letter if letter.is_ascii_alphanumeric() => letters.push(*letter),
            _ => break,
        }
    }
    letters.truncate(letters.len() / 4 * 4);
    let bytes = Base64::decode_vec(std::str::from_utf8(&letters).ok()?).ok()?;
    let mut inflated = Vec::new();
    // What is cut off, here or by whoever exported it, is no matter: its start tells.
    let _ = match bytes.get(..2)? {
        b"\x1f\x8b" => flate2::read::GzDecoder::new(&*bytes).take(INFLATED).read_to_end(&mut inflated),
        [0x78, flags] if u16::from_be_bytes([0x78, *flags]).is_multiple_of(31) => {
            flate2::read::ZlibDecoder::new(&*bytes).take(INFLATED).read_to_end(&mut inflated)
        }
        _ => return Some(bytes),
    };
    Some(inflated)
}

/// What a file is by its first bytes, where it is of a kind that may hold logs and is not read.
#[must_use]
pub(crate) fn container(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 16] = [
        (b"\x50\x2a\x4d\x18", "compressed with zstd, which is not read"),
        (b"\x02\x21\x4c\x18", "compressed with lz4, which is not read"),
        (b"\x1f\x8b", "a gzip inside a gzip, which is not read"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd, which is not read"),
        (b"BZh", "compressed with bzip2, which is not read"),
        (b"\xfd7zXZ\0", "compressed with xz, which is not read"),
        (b"\x04\x22\x4d\x18", "compressed with lz4, which is not read"),
        (b"\xff\x06\0\0sNaPpY", "compressed with snappy, which is not read"),
        (b"\x1f\x9d", "compressed with compress, which is not read"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read"),
        (b"PK\x07\x08", "a part of a zip archive, which is not read"),
        (b"Rar!\x1a\x07", "a RAR archive, which is not read"),
        (b"PAR1", "a Parquet file, which is not read"),
        (b"PARE", "an encrypted Parquet file, which is not read"),
        (b"ORC", "an ORC file, which is not read"),
        (b"Obj\x01", "an Avro file, which is not read"),
    ];
    KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const RECORD: &str =
        r#"{"eventVersion":"1.11","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"eventName":"ConsoleLogin"}"#;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn exports_look_like_cloudtrail_in_any_case_quoting_and_wrapping() {
        let quoted = serde_json::to_string(RECORD).unwrap();
        let twice = serde_json::to_string(&quoted).unwrap();
        for text in [
            format!("{{\"result\":{{\"_raw\":{quoted}}}}}"),
            format!("{{\"a\":{twice}}}"),
            format!("\"_raw\"\n\"{}\"\n", RECORD.replace('"', "\"\"")),
            "EVENTVERSION,USERIDENTITY\n1.11,\"{type=Root}\"\n".to_owned(),
            "time=x event_name=ConsoleLogin user_identity.type=Root".to_owned(),
            "{\"eventname\":\"ConsoleLogin\",\"sourceipaddress\":\"203.0.113.7\"}".to_owned(),
            "user,what\narn:aws-us-gov:iam::111122223333:root,ConsoleLogin\n".to_owned(),
            "- CloudTrailEvent: '{}'".to_owned(),
            format!("{{\"data\":\"{}\"}}", Base64::encode_string(RECORD.as_bytes())),
            format!("{{\"data\":\"{}\"}}", Base64::encode_string(&gzip(RECORD))),
            // Cut in the middle of the base64.
            format!("{{\"data\":\"{}", &Base64::encode_string(&gzip(&RECORD.repeat(50)))[..120]),
            r#"{"metadata":{"product":{"name":"CloudTrail"}},"class_uid":3002}"#.to_owned(),
            RECORD.chars().flat_map(|letter| [letter, '\0']).collect(),
            // One field is enough beside an account or the type of root.
            r#"{"userIdentity":{"type":"IAMUser","accountId":"111122223333"},"at":1}"#.to_owned(),
            r#"{"useridentity":{"type":"Root"},"at":1}"#.to_owned(),
            "user_identity{type=Root}".to_owned(),
            // Notifications that hold records, or a source that is none of theirs.
            format!("{{\"eventSource\":\"aws:sqs\",\"eventVersion\":\"1.0\",\"body\":{quoted}}}"),
            r#"{"eventSource":"aws:sqs","body":"{\"userIdentity\":{\"type\":\"Root\"}}"}"#.to_owned(),
            r#"{"eventSource":"aws:s3","eventName":"x"} {"eventSource":"iam.amazonaws.com","eventName":"x"}"#.to_owned(),
        ] {
            assert!(of(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn other_text_does_not() {
        for text in [
            "",
            "# Notes\nThe field userIdentity says who acted.\n",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}]}"#,
            "user,arn,user_creation_time\n<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00Z\n",
            r#"{"class_uid":4001,"metadata":{"product":{"name":"VPC Flow Logs"}}}"#,
            "eyJhIjoxfQ== H4sIAAAAAAAA",
            "H4sI",
            "arn:aws:iam::1111222233334:root arn:aws:iam::111122223333:user/x",
            r#"{"userIdentity":{"accountId":"1111222233334","id":"x111122223333"}}"#,
            r#"{"eventName":"click","at":"111122223333","type":"rooted"}"#,
            // Notifications of other services, plain and as text.
            r#"{"eventVersion":"2.1","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"x"},"requestParameters":{},"eventSource":"aws:s3"}"#,
            r#"{"Body":"{\"eventVersion\":\"2.1\",\"eventName\":\"x\",\"eventSource\":\"aws:s3\"}"}"#,
            r#"{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"arn:aws:sns:us-east-1:111122223333:t"}"#,
            r#"{"eventSourceARN":"arn:aws:kinesis:us-east-1:111122223333:stream/s","eventSource":"aws:kinesis","eventName":"aws:kinesis:record"}"#,
        ] {
            assert_eq!(of(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn base64_is_read_in_every_alphabet_and_broken_into_lines() {
        let zlib = |text: &str| {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(RECORD).unwrap()).unwrap();
        let list = format!("[{RECORD}]");
        for bytes in [gzip(RECORD), zlib(RECORD), RECORD.into(), pretty.into_bytes(), list.into_bytes()] {
            let whole = Base64::encode_string(&bytes);
            let lines = |end: &str| whole.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>().join(end);
            for text in [
                whole.clone(),
                base64ct::Base64Url::encode_string(&bytes),
                lines("\n"),
                lines("\r\n    "),
                lines("\\n"),
                lines("\\\\r\\\\n"),
                whole.replace('/', "\\/"),
            ] {
                // Much that begins like base64 and is none comes before it.
                assert!(of(format!("{}\"{text}\"", "eyJ: H4sI. ".repeat(500)).as_bytes()).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn a_record_is_found_wherever_it_lies_in_a_text() {
        for before in [0, 1, STRETCH - RECORD.len() / 2, STRETCH - OVERLAP, STRETCH, 3 * STRETCH - 20] {
            let mut text = vec![b'x'; before];
            text.extend_from_slice(RECORD.as_bytes());
            text.resize(text.len() + 5, b'x');
            assert!(of(&text).is_some(), "{before}");
            assert!(of_stream(&mut &*text).unwrap().is_some(), "{before}");
            text.truncate(before);
            assert_eq!((of(&text), of_stream(&mut &*text).unwrap()), (None, None), "{before}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(parts in proptest::collection::vec(proptest::sample::select(vec![
            "eventSource", "eventsourcearn", "\"", "\\", ":", "aws:", "root", "type", "H4sI", "eJw", "eyJ", "\0", "é", ":iam::", "111122223333", "=", "\n",
        ]), 0..60)) {
            let text = parts.concat();
            let _ = of(text.as_bytes());
            proptest::prop_assert_eq!(of(text.as_bytes()), of_stream(&mut text.as_bytes()).unwrap());
        }
    }

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        assert_eq!(container(b"PAR1...."), Some("a Parquet file, which is not read"));
        assert!(container(&zstd::encode_all(&b"x"[..], 1).unwrap()).is_some());
        assert_eq!((container(b"{}"), container(b"")), (None, None));
    }
}
