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

/// The text with everything that a terminal would obey made visible: control characters, and the marks that turn the
/// direction of writing or take no place.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let obeyed = |symbol: char| {
        symbol.is_control()
            || matches!(symbol, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
    };
    if !text.chars().any(obeyed) {
        return Cow::Borrowed(text);
    }
    let symbols = text.chars().map(|symbol| if obeyed(symbol) { symbol.escape_unicode().to_string() } else { symbol.to_string() });
    Cow::Owned(symbols.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_code_of_a_log_reaches_the_terminal() {
        assert_eq!(clean("Mozilla/5.0 \u{e9}"), "Mozilla/5.0 \u{e9}");
        assert_eq!(clean("a\u{1b}]0;x\u{7}\u{202e}b\u{9b}"), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\u{9b}");
    }
}
