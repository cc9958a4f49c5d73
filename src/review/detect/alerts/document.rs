//! JSON text to values: one document, lines, or values one after another. What is damaged or cut off is said, and whatever can be
//! delimited before and after it is still read.

use super::field::Members;
use serde_json::{StreamDeserializer, Value};

/// The values of an export.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Values, or why one cannot be read.
    pub values: Vec<Result<Value, String>>,
    /// Of a document that had to be taken apart: the members of its outermost object that are no lists.
    pub loose: Members,
    /// How it is known that the text is not whole.
    pub cut: Option<String>,
}

/// Reads a text. `lists` are the members whose elements are items of their own, so that they can be taken out of a damaged document.
pub(super) fn read(text: &str, lists: &[&str]) -> Document {
    let mut document = Document::default();
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let mut values: StreamDeserializer<'_, _, Value> = serde_json::Deserializer::from_str(rest).into_iter();
        let read = document.values.len();
        let failed = loop {
            match values.next() {
                Some(Ok(value)) => document.values.push(Ok(value)),
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        if !failed {
            return document;
        }
        // Once, as damage is in one of the lines only.
        if start == 0
            && let Some(lines) = by_line(text)
        {
            return lines;
        }
        start += values.byte_offset();
        let mut parts = Parts { text: text.as_bytes(), at: start, lists, document: &mut document };
        match parts.value() {
            // What could be taken apart has been; the text goes on after it.
            Ok(()) => {
                let end = parts.at;
                if document.values.len() == read {
                    document.values.push(Err(format!("no JSON between bytes {start} and {end}")));
                }
                start = end;
            }
            Err(Stop::End) => {
                document.cut = Some(format!("the document is cut off after {} bytes", text.len()));
                return document;
            }
            Err(Stop::Odd(place)) => {
                document.cut = Some(format!("the text is not JSON from byte {place} on"));
                return document;
            }
        }
    }
}

/// The values of a text of lines, of which some are damaged. `None` where lines are no values of their own: no line that starts at the margin is.
fn by_line(text: &str) -> Option<Document> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let read: Vec<_> = lines.iter().map(|line| serde_json::from_str::<Value>(line)).collect();
    let whole = |(line, value): (&&str, &Result<Value, _>)| line.starts_with('{') && value.is_ok();
    if lines.len() < 2 || !lines.iter().zip(&read).any(whole) {
        return None;
    }
    let mut document = Document::default();
    for (index, value) in read.into_iter().enumerate() {
        match value {
            Err(error) if error.is_eof() && index + 1 == lines.len() => document.cut = Some("the last line is cut off".to_owned()),
            Err(error) => document.values.push(Err(format!("no JSON: {error}"))),
            Ok(value) => document.values.push(Ok(value)),
        }
    }
    Some(document)
}

/// Why a value has no end.
enum Stop {
    /// The text is over.
    End,
    /// Something that does not belong there.
    Odd(usize),
}

/// Takes a damaged document apart by its quotes and brackets alone.
struct Parts<'t, 'd> {
    text: &'t [u8],
    at: usize,
    lists: &'t [&'t str],
    document: &'d mut Document,
}

impl Parts<'_, '_> {
    fn peek(&mut self) -> Result<u8, Stop> {
        while let Some(byte) = self.text.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Ok(*byte);
            }
            self.at += 1;
        }
        Err(Stop::End)
    }

    /// The value at the present place: the items of its lists, or nothing.
    fn value(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'[' => self.elements(),
            b'{' => self.members(),
            _ => Err(Stop::Odd(self.at)),
        }
    }

    fn members(&mut self) -> Result<(), Stop> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                b',' => self.at += 1,
                b'"' => {
                    let start = self.at;
                    self.skip()?;
                    let name = serde_json::from_slice::<String>(&self.text[start..self.at]).map_err(|_| Stop::Odd(start))?;
                    if self.peek()? != b':' {
                        return Err(Stop::Odd(self.at));
                    }
                    self.at += 1;
                    if self.peek()? == b'[' && self.lists.contains(&name.as_str()) {
                        self.elements()?;
                    } else {
                        let start = self.at;
                        self.skip()?;
                        if let Ok(value) = serde_json::from_slice(&self.text[start..self.at]) {
                            self.document.loose.insert(name, value);
                        }
                    }
                }
                _ => return Err(Stop::Odd(self.at)),
            }
        }
    }

    fn elements(&mut self) -> Result<(), Stop> {
        self.at += 1;
        loop {
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                b',' => self.at += 1,
                _ => {
                    let start = self.at;
                    self.skip()?;
                    let value = serde_json::from_slice(&self.text[start..self.at]);
                    self.document.values.push(value.map_err(|error| format!("no JSON: {error}")));
                }
            }
        }
    }

    /// To the end of the value at the present place.
    fn skip(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let mut depth = 0u64;
        let (mut quoted, mut escaped) = (false, false);
        while let Some(byte) = self.text.get(self.at) {
            let open = depth > 0 || quoted;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' if open => depth -= 1,
                // The end of a number or a word.
                b'}' | b']' | b',' | b':' if !open => return if self.at > start { Ok(()) } else { Err(Stop::Odd(self.at)) },
                byte if !open && byte.is_ascii_whitespace() => return Ok(()),
                _ => {}
            }
            self.at += 1;
            // The end of a text, list or object.
            if open && depth == 0 && !quoted {
                return Ok(());
            }
        }
        Err(Stop::End)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that could be read as text, `!` for one that could not, and whether the text is known not to be whole.
    fn told(text: &str) -> (Vec<String>, bool) {
        let document = read(text, &["Findings"]);
        let values = document.values.iter().map(|value| value.as_ref().map_or("!".to_owned(), Value::to_string));
        (values.collect(), document.cut.is_some())
    }

    fn whole<const N: usize>(values: [&str; N]) -> (Vec<String>, bool) {
        (values.map(str::to_owned).to_vec(), false)
    }

    fn cut<const N: usize>(values: [&str; N]) -> (Vec<String>, bool) {
        (values.map(str::to_owned).to_vec(), true)
    }

    #[test]
    fn a_cut_document_gives_what_is_whole_before_the_cut() {
        assert_eq!(told(r#"{"Findings":[{"a":"]}"},{"b":[1,{"c":2}]},{"d":"#), cut([r#"{"a":"]}"}"#, r#"{"b":[1,{"c":2}]}"#]));
        assert_eq!(told(r#"[{"a":1},{"b":2},"#), cut([r#"{"a":1}"#, r#"{"b":2}"#]));
        assert_eq!(told(r#"{"Findings":[{"a":1}],"NextTo"#), cut([r#"{"a":1}"#]));
        assert_eq!(told(r#"{"Findings":[{"a":"\"#), cut([]));
        // Not an item of its own, so it cannot be used.
        assert_eq!(told(r#"{"resources":[{"a":1}],"b":"#), cut([]));
    }

    #[test]
    fn a_damaged_item_is_named_and_the_others_are_read() {
        assert_eq!(told(r#"{"Findings":[{"a":1},{"b":1e999},{"c":2}],"NextToken":"x"}"#), whole([r#"{"a":1}"#, "!", r#"{"c":2}"#]));
        let deep = format!(r#"[{{"a":1}},{}{},{{"c":2}}]"#, "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(told(&deep), whole([r#"{"a":1}"#, "!", r#"{"c":2}"#]));
        assert_eq!(read(r#"{"Findings":[1e999],"NextToken":"x"}"#, &["Findings"]).loose.len(), 1);
    }

    #[test]
    fn lines_are_read_by_themselves_and_a_cut_last_one_is_said() {
        assert_eq!(told("{\"a\":1}\n{\"b\":\n{\"c\":2}\n"), whole([r#"{"a":1}"#, "!", r#"{"c":2}"#]));
        assert_eq!(told("{\"a\":1}\r\n\r\n{\"b\":"), cut([r#"{"a":1}"#]));
        assert_eq!(told("{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}"), whole([r#"{"a":1}"#, r#"{"b":2}"#]));
        assert_eq!(told(r#"{"a":1}{"b":2}"#), whole([r#"{"a":1}"#, r#"{"b":2}"#]));
        assert_eq!(told(r#"{"a":1}{"Findings":[{"b":2},"#), cut([r#"{"a":1}"#, r#"{"b":2}"#]));
        assert_eq!(told(r#"{"a":1}]"#), cut([r#"{"a":1}"#]));
    }
}
