//! Labels: made harmless, measured, shortened, wrapped.
//!
//! No font is at hand, so widths are estimates, and rather too wide than too narrow: those of DejaVu Sans, one of the widest fonts that a
//! browser may choose.

use unicode_width::UnicodeWidthChar;

/// Symbols of a label that are looked at. What is longer is cut with an ellipsis.
const LONGEST: usize = 600;

/// The label as it is written: white space becomes a space; what a reader of XML may not see, or what would turn or hide the text around
/// it, is spelled out as `\u{202e}`. To clean it twice changes nothing.
pub(super) fn clean(label: &str) -> String {
    let mut out = String::with_capacity(label.len().min(LONGEST));
    for (count, symbol) in label.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match symbol {
            '\t' | '\n' | '\r' => out.push(' '),
            _ if is_obeyed(symbol) => out.extend(symbol.escape_unicode()),
            _ => out.push(symbol),
        }
    }
    out
}

/// Whether a symbol does something instead of being seen: controls, direction marks, symbols without width, noncharacters (XML 1.0, 2.2,
/// forbids or discourages most of them).
fn is_obeyed(symbol: char) -> bool {
    symbol.is_control()
        || (u32::from(symbol) & 0xFFFE) == 0xFFFE
        || matches!(symbol, '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(symbol, '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}')
        || matches!(symbol, '\u{E0000}'..='\u{E0FFF}')
}

/// The width of a cleaned label in pixels, at a font size in pixels.
pub(super) fn width(label: &str, size: f64) -> f64 {
    label.chars().map(em).sum::<f64>() * size
}

/// The width of a symbol in units of the font size.
fn em(symbol: char) -> f64 {
    match symbol {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '\\' | '!' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.02,
        '0'..='9' => 0.64,
        'a'..='z' => 0.64,
        'A'..='Z' => 0.79,
        _ => match symbol.width().unwrap_or(1) {
            0 => 0.0,
            1 => 0.84,
            wide => 0.6 * wide as f64,
        },
    }
}

/// The label cleaned and cut to a width in pixels, with an ellipsis where something is missing.
pub(super) fn cut(label: &str, room: f64, size: f64) -> String {
    let label = clean(label);
    if width(&label, size) <= room {
        return label;
    }
    let room = room - em('…') * size;
    let mut used = 0.0;
    let kept = label.chars().take_while(|symbol| {
        used += em(*symbol) * size;
        used <= room
    });
    let kept: String = kept.collect();
    format!("{}…", kept.trim_end())
}

/// The label cleaned and broken into lines of at most a width, at spaces where there are any. Lines beyond the last allowed are cut.
pub(super) fn wrap(label: &str, room: f64, size: f64, most: usize) -> Vec<String> {
    let label = clean(label);
    let mut rest = label.trim();
    let mut lines = Vec::new();
    while !rest.is_empty() && lines.len() < most {
        if lines.len() + 1 == most {
            lines.push(cut(rest, room, size));
            break;
        }
        let (line, tail) = rest.split_at(first_line(rest, room, size));
        lines.push(line.trim_end().to_owned());
        rest = tail.trim_start();
    }
    lines
}

/// Where the first line ends, in bytes; at least one symbol is taken.
fn first_line(rest: &str, room: f64, size: f64) -> usize {
    let mut used = 0.0;
    let mut space = None;
    for (at, symbol) in rest.char_indices() {
        used += em(symbol) * size;
        if used > room && at > 0 {
            return space.unwrap_or(at);
        }
        if symbol == ' ' {
            space = Some(at);
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_would_be_obeyed_is_spelled_out() {
        assert_eq!(clean("a\u{1b}]0\u{0}\u{202e}b\u{9b}\u{61c}\u{ffff}"), "a\\u{1b}]0\\u{0}\\u{202e}b\\u{9b}\\u{61c}\\u{ffff}");
        assert_eq!(clean("Müller & Söhne\n<b>"), "Müller & Söhne <b>");
        assert_eq!(clean(&"x".repeat(10_000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn a_long_title_breaks_at_spaces_and_ends_with_an_ellipsis() {
        assert_eq!(wrap("root use over accounts", 80.0, 12.0, 5), ["root use", "over", "accounts"]);
        let lines = wrap("root use over all the accounts of the organisation", 90.0, 12.0, 2);
        assert!(lines.len() == 2 && lines[1].ends_with('…'), "{lines:?}");
    }

    proptest! {
        #[test]
        fn lines_and_cuts_keep_to_their_room_and_cleaning_twice_changes_nothing(label in "\\PC{0,80}|.{0,80}", room in 30.0f64..400.0) {
            prop_assert_eq!(clean(&clean(&label)), clean(&label));
            prop_assert!(width(&cut(&label, room, 12.0), 12.0) <= room);
            let lines = wrap(&label, room, 12.0, 4);
            prop_assert!(lines.len() <= 4);
            for line in lines {
                prop_assert!(width(&line, 12.0) <= room, "{}", line);
            }
        }
    }
}
