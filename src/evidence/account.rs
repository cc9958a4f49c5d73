//! Account ids as people and spreadsheets write them: one rule for every flag, list and file in which one is expected.
//!
//! What is unambiguous is accepted: twelve digits, also in quotes, after a `'`, or in groups (`1111-2222-3333`). Anything else is an error that
//! quotes the text. Logs are not read by this rule; for what AWS itself writes there is [`is_account`].

use crate::evidence::source::key::is_account;

/// Characters of a text that an error quotes.
const QUOTED: usize = 60;

/// A text that stands where an account id is expected and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an account id: {why}")]
pub struct NotAnId {
    text: String,
    why: Why,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Empty,
    /// Only digits, and this many.
    Digits(usize),
    Scientific,
    Arn,
    Other,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Digits(1) => f.write_str("it has one digit, not twelve"),
            Self::Digits(number) => write!(f, "it has {number} digits, not twelve"),
            Self::Scientific => f.write_str("it is in scientific notation, which lost digits"),
            Self::Arn => f.write_str("it is an ARN"),
            Self::Other => f.write_str("an id has twelve digits"),
        }
    }
}

impl NotAnId {
    /// What was found, cut if it is long.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self.why {
            Why::Digits(..12) => "spreadsheets drop leading zeros: format the column as text and write all twelve digits",
            Why::Scientific => "format the column as text in the spreadsheet, and write all twelve digits",
            Why::Arn => "give only the account id of the ARN",
            _ => "an account id is twelve digits, such as 111122223333",
        }
    }

    fn new(text: &str, why: Why) -> Self {
        let mut cut: String = text.trim().chars().take(QUOTED).collect();
        if text.trim().chars().nth(QUOTED).is_some() {
            cut.push_str("...");
        }
        Self { text: cut, why }
    }
}

/// Reads an account id.
///
/// # Errors
/// When the text is not one. Nothing is guessed: an id of fewer digits is not filled up.
pub(crate) fn parse(text: &str) -> Result<String, NotAnId> {
    let bare = bare(text);
    if is_account(bare) {
        return Ok(bare.to_owned());
    }
    // A table of numbers that went through floating point, which twelve digits survive.
    if let Some(whole) = bare.strip_suffix(".0").filter(|whole| is_account(whole)) {
        return Ok(whole.to_owned());
    }
    let groups: Vec<&str> = bare.split(is_separator).collect();
    let is_group = |group: &&str| group.len() == groups[0].len() && group.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(groups.len(), 3 | 4) && groups.iter().all(is_group) && groups.len() * groups[0].len() == 12 {
        return Ok(groups.concat());
    }
    let why = if bare.is_empty() {
        Why::Empty
    } else if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        Why::Digits(bare.len())
    } else if is_scientific(bare) {
        Why::Scientific
    } else if bare.starts_with("arn:") {
        Why::Arn
    } else {
        Why::Other
    };
    Err(NotAnId::new(text, why))
}

/// Whether a text is meant as a number, whatever became of it: what a heading never is.
#[must_use]
pub(crate) fn is_numeric(text: &str) -> bool {
    let bare = bare(text);
    bare.bytes().any(|byte| byte.is_ascii_digit())
        && (is_scientific(bare) || bare.chars().all(|c| c.is_ascii_digit() || is_separator(c) || matches!(c, '.' | ',')))
}

/// Without white space, quotes and what makes a spreadsheet take a number for text.
fn bare(text: &str) -> &str {
    let is_blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let text = text.trim_matches(is_blank);
    let text = text.strip_prefix('=').filter(|rest| rest.starts_with('"')).unwrap_or(text);
    text.trim_matches(|c: char| is_blank(c) || matches!(c, '\'' | '"' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}'))
}

/// Dashes, and spaces that do not break.
fn is_separator(c: char) -> bool {
    matches!(c, '-' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2010}'..='\u{2013}')
}

/// `1.11122E+11`, with a point or a comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_can_only_be_one_id_is_that_id() {
        for text in [
            "000011112222",
            " 000011112222\r",
            "'000011112222",
            "\"000011112222\"",
            "=\"000011112222\"",
            "0000-1111-2222",
            "0000 1111 2222",
            "0000\u{a0}1111\u{a0}2222",
            "000-011-112-222",
            "\u{feff}000011112222",
        ] {
            assert_eq!(parse(text).as_deref(), Ok("000011112222"), "{text}");
        }
        assert_eq!(parse("111122223333.0").as_deref(), Ok("111122223333"));
    }

    #[test]
    fn anything_else_is_quoted_with_what_to_do() {
        for (text, said, hint) in [
            ("11122223333", "`11122223333` is not an account id: it has 11 digits, not twelve", "leading zeros"),
            ("1.11122E+11", "scientific notation", "as text"),
            ("1,11122e11", "scientific notation", "as text"),
            ("1111222233334", "13 digits", "twelve digits"),
            ("arn:aws:iam::111122223333:root", "an ARN", "of the ARN"),
            ("", "empty", "twelve digits"),
            ("1111-22223333", "twelve digits", "twelve digits"),
            ("11-1122-223333", "twelve digits", "twelve digits"),
            ("production", "`production`", "twelve digits"),
            ("\u{661}11122223333", "twelve digits", "twelve digits"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.to_string().contains(said) && error.hint().contains(hint), "{text}: {error}; {}", error.hint());
        }
        assert!(parse(&"x".repeat(1000)).unwrap_err().to_string().len() < 200);
    }

    proptest! {
        #[test]
        fn an_id_is_never_made_up(text in "[0-9eE+., '\"=-]{0,20}") {
            if let Ok(id) = parse(&text) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                prop_assert!(is_account(&id));
                let with_zero = [&*id, "0"].concat();
                prop_assert!(digits == id || text.contains(".0") && digits == with_zero);
            }
        }
    }
}
