//! Whether text that is not read looks like CloudTrail all the same: an export in a form that is not known, records wrapped as text, a flat table.
//!
//! What looks like evidence and is not read is evidence lost, and has to be named. A wrong alarm costs a look at the object, a missed one can clear an
//! account, so in doubt it is an alarm. Only text that gave no record is looked at, and not more of it than [`LIMIT`] bytes: what an export is shows in its first rows.

use aho_corasick::AhoCorasick;
use base64ct::{Base64, Encoding as _};
use memchr::memmem;
use std::io::Read as _;
use std::sync::LazyLock;

/// Bytes of a text that are looked at.
pub const LIMIT: usize = 4 << 20;

/// Base64 texts that are decoded to see what is in them, and how many letters of each.
const DECODED: usize = 16;
const DECODED_LETTERS: usize = 16 << 10;

/// Fields of a record, in the spellings of exports; those of one number are one field. Case and what is around them do not matter.
const FIELDS: [(&str, u8); 22] = [
    ("useridentity", 0),
    ("user_identity", 0),
    ("user identity", 0),
    ("recipientaccountid", 1),
    ("recipient_account_id", 1),
    ("recipient account id", 1),
    ("eventversion", 2),
    ("event_version", 2),
    ("eventsource", 3),
    ("event_source", 3),
    ("eventname", 4),
    ("event_name", 4),
    ("sourceipaddress", 5),
    ("source_ip_address", 5),
    ("requestparameters", 6),
    ("request_parameters", 6),
    ("responseelements", 7),
    ("response_elements", 7),
    // A record as text inside of something else, and where it came from.
    ("cloudtrailevent", 8),
    ("aws:cloudtrail", 9),
    ("aws.cloudtrail", 9),
    ("\"cloudtrail\"", 10),
];

/// Fields of the Open Cybersecurity Schema Framework, which mean a record only beside the name of the product.
const OCSF: [&str; 3] = ["class_uid", "type_uid", "activity_id"];

/// Number of the name of the product.
const PRODUCT: u8 = 10;
/// Number of all fields of OCSF.
const OCSF_FIELD: u8 = 11;

static NAMES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let names = FIELDS.iter().map(|(name, _)| *name).chain(OCSF);
    AhoCorasick::builder().ascii_case_insensitive(true).build(names).expect("the names are few and short")
});

/// Why a text looks like CloudTrail; `None` where it does not.
#[must_use]
pub fn of(text: &[u8]) -> Option<&'static str> {
    let text = &text[..text.len().min(LIMIT)];
    // UTF-16 without its mark.
    let narrow: Vec<u8>;
    let text = if memchr::memchr(0, &text[..text.len().min(256)]).is_some() {
        narrow = text.iter().copied().filter(|byte| *byte != 0).collect();
        &narrow
    } else {
        text
    };
    plain(text).or_else(|| encoded(text))
}

fn plain(text: &[u8]) -> Option<&'static str> {
    let mut seen = 0u16;
    for found in NAMES.find_overlapping_iter(text) {
        let number = FIELDS.get(found.pattern().as_usize()).map_or(OCSF_FIELD, |(_, number)| *number);
        seen |= 1 << number;
        let fields = (seen & ((1 << PRODUCT) - 1)).count_ones();
        if fields >= 2 || seen & (1 << 8) != 0 {
            return Some("fields of CloudTrail records, in a form that is not read");
        }
        if seen & (1 << PRODUCT) != 0 && seen & (1 << OCSF_FIELD) != 0 {
            return Some("CloudTrail records in OCSF, which is not read");
        }
    }
    (holds_root_arn(text) && !is_of_policies(text)).then_some("the ARN of a root user, in a form that is not read")
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

/// Records in base64, plain or compressed.
fn encoded(text: &[u8]) -> Option<&'static str> {
    const STARTS: [&[u8]; 6] = [b"H4sI", b"eyJ", b"W3si", b"ewog", b"ewo", b"Wwog"];
    let starts = STARTS.iter().flat_map(|start| memmem::find_iter(text, start).take(DECODED));
    starts
        .filter_map(|start| decoded(&text[start..]))
        .find_map(|text| plain(&text))
        .map(|_| "CloudTrail records in base64, which is not read")
}

/// The start of a text in base64, inflated where it is a gzip.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    // Broken into lines, or with the letters for addresses, or with an escape that JSON allows before a slash.
    let letter = |byte: &u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => Some(*byte),
        _ => None,
    };
    let is_between = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'\\');
    let mut letters: Vec<u8> =
        text.iter().take(DECODED_LETTERS).take_while(|byte| letter(byte).is_some() || is_between(byte)).filter_map(letter).collect();
    letters.truncate(letters.len() / 4 * 4);
    let bytes = Base64::decode_vec(std::str::from_utf8(&letters).ok()?).ok()?;
    if !bytes.starts_with(b"\x1f\x8b") {
        return Some(bytes);
    }
    let mut inflated = Vec::new();
    // What is cut off, here or by whoever exported it, is no matter: its start tells.
    let _ = flate2::read::GzDecoder::new(&*bytes).take(LIMIT as u64).read_to_end(&mut inflated);
    Some(inflated)
}

/// What a file is by its first bytes, where it is of a kind that may hold logs and is not read.
#[must_use]
pub fn container(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 15] = [
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
            format!("{{\"data\":\"{}\"}}", Base64::encode_string(&gzip(RECORD)).replace('/', "\\/")),
            Base64::encode_string(&gzip(&RECORD.repeat(9))).replace('+', "-").replace('/', "_"),
            Base64::encode_string(RECORD.as_bytes())
                .as_bytes()
                .chunks(76)
                .map(|line| format!("{}\n", std::str::from_utf8(line).unwrap()))
                .collect(),
            // Cut in the middle of the base64.
            format!("{{\"data\":\"{}", &Base64::encode_string(&gzip(&RECORD.repeat(50)))[..120]),
            r#"{"metadata":{"product":{"name":"CloudTrail"}},"class_uid":3002}"#.to_owned(),
            RECORD.chars().flat_map(|letter| [letter, '\0']).collect(),
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
        ] {
            assert_eq!(of(text.as_bytes()), None, "{text}");
        }
        let mut wide = vec![b'x'; LIMIT];
        wide.extend_from_slice(RECORD.as_bytes());
        assert_eq!(of(&wide), None);
    }

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        assert_eq!(container(b"PAR1...."), Some("a Parquet file, which is not read"));
        assert!(container(&zstd::encode_all(&b"x"[..], 1).unwrap()).is_some());
        assert_eq!((container(b"{}"), container(b"")), (None, None));
    }
}
