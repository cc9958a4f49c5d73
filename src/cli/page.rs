//! Text for a terminal. Logs are written by attackers too, so nothing of them reaches the terminal with control codes in it.

use comfy_table::{ContentArrangement, Table, presets};
use std::borrow::Cow;
use std::io::IsTerminal;

/// Whether to use colour on standard output: a terminal that can, and nobody who said no (<https://no-color.org>).
pub(super) fn colour() -> bool {
    let no = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !no && !dumb
}

/// The width of the terminal in columns; `None` where standard output is none.
pub(super) fn width() -> Option<u16> {
    std::io::stdout().is_terminal().then(|| Table::new().width()).flatten()
}

/// A plain table without lines, as wide as the terminal.
pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width() {
        table.set_width(width);
    }
    if !colour() {
        table.force_no_tty();
    }
    table
}

/// Whether a terminal would obey a symbol: control characters, and the marks that turn the direction of writing or take no place.
fn is_obeyed(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

fn escaped(text: &str, is_obeyed: impl Fn(char) -> bool, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.chars().any(&is_obeyed) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|symbol| if is_obeyed(symbol) { escape(symbol) } else { symbol.to_string() }).collect())
}

/// The text with everything that a terminal would obey made visible.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed, |symbol| symbol.escape_unicode().to_string())
}

/// The same for a cell of CSV, which may hold lines and tabs.
pub(super) fn clean_cell(text: &str) -> Cow<'_, str> {
    escaped(text, |symbol| is_obeyed(symbol) && !matches!(symbol, '\n' | '\r' | '\t'), |symbol| symbol.escape_unicode().to_string())
}

/// A JSON document on one line in which such symbols, which can stand in its strings only, are escaped as JSON does it: the same value.
pub(super) fn clean_json(line: &str) -> Cow<'_, str> {
    escaped(line, is_obeyed, |symbol| format!("\\u{:04x}", u32::from(symbol)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_code_of_a_log_reaches_the_terminal() {
        assert_eq!(clean("Mozilla/5.0 \u{e9}"), "Mozilla/5.0 \u{e9}");
        assert_eq!(clean("a\u{1b}]0;x\u{7}\u{202e}b\u{9b}"), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\u{9b}");
        assert_eq!(clean_cell("a\n\u{1b}\tb"), "a\n\\u{1b}\tb");
        let text = "a\u{202e}\u{9b}\u{feff}\u{1b}";
        let line = serde_json::to_string(text).unwrap();
        assert_eq!(clean_json(&line), r#""a\u202e\u009b\ufeff\u001b""#);
        assert_eq!(serde_json::from_str::<String>(&clean_json(&line)).unwrap(), text);
    }
}
