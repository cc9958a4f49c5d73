//! Text that a value is compared with: literal but for `*`, which stands for any text, also none.

use std::fmt;

/// The stretches between the wildcards, in order; one more than there are wildcards. Wildcards side by side are one, so only the first and
/// the last stretch may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    stretches: Vec<String>,
}

/// What a text is made of: a character, or the wildcard.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Literal(char),
    Anything,
}

impl FromIterator<Part> for Text {
    fn from_iter<T: IntoIterator<Item = Part>>(parts: T) -> Self {
        let mut stretches = vec![String::new()];
        for part in parts {
            let several = stretches.len() > 1;
            match (part, stretches.last_mut()) {
                (Part::Literal(c), Some(last)) => last.push(c),
                (Part::Anything, Some(last)) if several && last.is_empty() => {}
                _ => stretches.push(String::new()),
            }
        }
        Self { stretches }
    }
}

impl Text {
    /// Whether all of `text` fits. Each stretch is looked for where the one before it ended, so the time is linear in the text.
    pub(super) fn fits(&self, text: &str) -> bool {
        let Some((first, others)) = self.stretches.split_first() else { return false };
        let Some((last, inner)) = others.split_last() else { return text == first };
        let rest = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
        let after = |rest: &str, stretch: &String| rest.find(stretch.as_str()).map(|at| at + stretch.len());
        let mut rest = rest;
        for stretch in inner {
            rest = rest.and_then(|rest| rest.get(after(rest, stretch)?..));
        }
        rest.is_some()
    }
}

/// In double quotes, as a pattern has it.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for (place, stretch) in self.stretches.iter().enumerate() {
            if place > 0 {
                f.write_str("*")?;
            }
            for c in stretch.chars() {
                match c {
                    '"' | '\\' | '*' => write!(f, "\\{c}")?,
                    '\n' => f.write_str("\\n")?,
                    '\r' => f.write_str("\\r")?,
                    '\t' => f.write_str("\\t")?,
                    c => write!(f, "{c}")?,
                }
            }
        }
        f.write_str("\"")
    }
}
