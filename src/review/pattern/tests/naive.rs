//! A second evaluator, written for the tests alone: over serde_json, without the tree, the text or the numbers of the first.

use super::Missing;
use serde_json::Value as Json;

/// What an expression is about, without expressions.
pub(super) type Meaning = fn(&str) -> bool;

/// A pattern as the tests make it.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Leaf(Vec<Step>, Ask),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Name(&'static str),
    Place(usize),
    Names,
    Places,
}

#[derive(Debug, Clone)]
pub(super) enum Ask {
    Equal(Wanted),
    Differ(Wanted),
    Compare(&'static str, i32),
    Null,
    Truth(bool),
    Absent,
}

#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// With `*`, and no character that needs an escape.
    Glob(&'static str),
    Number(i32),
    /// An expression and what it means.
    Expression(&'static str, Meaning),
}

impl Tree {
    /// As a pattern; `odd` decides between spellings that mean the same.
    pub(super) fn write(&self, odd: &mut impl FnMut() -> bool) -> String {
        let mut join = |parts: &[Self], sign: &str| {
            let parts: Vec<String> = parts.iter().map(|part| format!("({})", part.write(odd))).collect();
            parts.join(sign)
        };
        match self {
            Self::And(parts) => join(parts, "&&"),
            Self::Or(parts) => join(parts, " || "),
            Self::Leaf(steps, ask) => {
                let mut text = "$".to_owned();
                for step in steps {
                    match step {
                        Step::Name(name) if name.contains('.') || odd() => text += &format!("{}['{name}']", if odd() { "." } else { "" }),
                        Step::Name(name) => text += &format!(".{name}"),
                        Step::Place(place) => text += &format!("[{place}]"),
                        Step::Names => text += ".*",
                        Step::Places => text += "[*]",
                    }
                }
                let mut wanted = |wanted: &Wanted| match wanted {
                    Wanted::Glob(glob) if glob.bytes().all(|b| b.is_ascii_alphabetic() || b == b'*') && !glob.is_empty() && odd() => {
                        (*glob).to_owned()
                    }
                    Wanted::Glob(glob) => format!("\"{glob}\""),
                    Wanted::Number(number) if odd() => format!("{number}.0"),
                    Wanted::Number(number) => number.to_string(),
                    Wanted::Expression(source, _) => format!("%{source}%"),
                };
                match ask {
                    Ask::Equal(value) => format!("{text}={}", wanted(value)),
                    Ask::Differ(value) => format!("{text} != {}", wanted(value)),
                    Ask::Compare(sign, number) => format!("{text}{sign} {number}"),
                    Ask::Null => format!("{text} IS NULL"),
                    Ask::Truth(true) => format!("{text} is TRUE"),
                    Ask::Truth(false) => format!("{text} IS false"),
                    Ask::Absent => format!("{text} NOT EXISTS"),
                }
            }
        }
    }

    pub(super) fn holds(&self, record: &Json, missing: Missing) -> bool {
        match self {
            Self::And(parts) => !parts.iter().any(|part| !part.holds(record, missing)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(record, missing)),
            Self::Leaf(steps, ask) => {
                let mut found = Vec::new();
                walk(record, steps, &mut found);
                match ask {
                    Ask::Absent => found.is_empty(),
                    Ask::Differ(_) if found.is_empty() => missing == Missing::Matches,
                    _ => found.into_iter().any(|value| asked(value, ask)),
                }
            }
        }
    }
}

fn walk<'j>(value: &'j Json, steps: &[Step], found: &mut Vec<&'j Json>) {
    let Some((step, rest)) = steps.split_first() else { return found.push(value) };
    match (step, value) {
        (Step::Name(name), Json::Object(members)) => members.get(*name).into_iter().for_each(|value| walk(value, rest, found)),
        (Step::Place(place), Json::Array(elements)) => elements.get(*place).into_iter().for_each(|value| walk(value, rest, found)),
        (Step::Names, Json::Object(members)) => members.values().for_each(|value| walk(value, rest, found)),
        (Step::Places, Json::Array(elements)) => elements.iter().for_each(|value| walk(value, rest, found)),
        _ => {}
    }
}

fn asked(value: &Json, ask: &Ask) -> bool {
    let number = value.as_f64().or_else(|| value.as_str().filter(|text| numeral(text))?.parse().ok());
    let is_value = !value.is_object() && !value.is_array();
    match ask {
        Ask::Equal(wanted) => equal(value, number, wanted),
        Ask::Differ(wanted) => is_value && !equal(value, number, wanted),
        Ask::Compare("<", limit) => number.is_some_and(|number| number < f64::from(*limit)),
        Ask::Compare("<=", limit) => number.is_some_and(|number| number <= f64::from(*limit)),
        Ask::Compare(">", limit) => number.is_some_and(|number| number > f64::from(*limit)),
        Ask::Compare(_, limit) => number.is_some_and(|number| number >= f64::from(*limit)),
        Ask::Null => *value == Json::Null,
        Ask::Truth(truth) => *value == Json::Bool(*truth),
        Ask::Absent => false,
    }
}

/// The texts of the tests that spell a number, one by one.
fn numeral(text: &str) -> bool {
    ["12", "-3", "1.5e1", "007", "+1"].contains(&text)
}

fn equal(value: &Json, number: Option<f64>, wanted: &Wanted) -> bool {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return false,
    };
    match wanted {
        Wanted::Glob(glob) => fits(glob.as_bytes(), text.as_bytes()),
        Wanted::Number(wanted) => number == Some(f64::from(*wanted)),
        Wanted::Expression(_, meaning) => meaning(&text),
    }
}

fn fits(glob: &[u8], text: &[u8]) -> bool {
    match (glob, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => fits(rest, text) || (!text.is_empty() && fits(glob, &text[1..])),
        ([one, glob @ ..], [other, text @ ..]) => one == other && fits(glob, text),
        _ => false,
    }
}
