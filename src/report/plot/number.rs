//! Numbers as they are read: thousands apart, percent without false precision.

/// A whole number with thousands apart: `1,143`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A whole number in a few symbols: `99,999`, `1.3 M`, `4.1e12`.
pub(super) fn short(number: u64) -> String {
    let value = number as f64;
    match number {
        0..=99_999 => grouped(number),
        100_000..=999_499 => format!("{:.0} k", value / 1e3),
        999_500..=999_949_999 => format!("{} M", trimmed(value / 1e6, 1)),
        999_950_000..=999_949_999_999 => format!("{} bn", trimmed(value / 1e9, 1)),
        _ => scientific(value),
    }
}

/// `1.8e19`.
fn scientific(value: f64) -> String {
    let text = format!("{value:.1e}");
    text.replace(".0e", "e")
}

/// At most so many digits after the point, and no zeros at their end.
pub(super) fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A label of an axis: what [`short`] makes of it when it is large, else with the digits that its step needs.
pub(super) fn tick(value: f64, step: f64) -> String {
    if value >= 1e3 { short(value as u64) } else { trimmed(value, digits(step)) }
}

/// The digits after the point that steps of a size need.
fn digits(step: f64) -> usize {
    (0..8).find(|digits| (step * 10f64.powi(*digits)).fract().abs() < 1e-6 && step * 10f64.powi(*digits) >= 1.0).unwrap_or(8) as usize
}

/// A share (0 to 1) in percent. What is not quite 0 or 100 % never reads so.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match () {
        () if percent <= 0.0 => "0 %".to_owned(),
        () if percent >= 100.0 => "100 %".to_owned(),
        () if percent < 0.01 => "<0.01 %".to_owned(),
        () if percent > 99.99 => ">99.99 %".to_owned(),
        () => format!("{percent:.2} %"),
    }
}

/// `1 account`, `1,143 accounts`.
pub(super) fn counted(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1_143, u64::MAX].map(grouped), ["0", "999", "1,143", "18,446,744,073,709,551,615"]);
        assert_eq!([99_999, 250_000, 999_999, 1_250_000_000, u64::MAX].map(short), ["99,999", "250 k", "1 M", "1.2 bn", "1.8e19"]);
        assert_eq!(
            [(0.25, 0.05), (3.0, 1.0), (20_000.0, 5000.0), (0.0, 0.5)].map(|(value, step)| tick(value, step)),
            ["0.25", "3", "20,000", "0"]
        );
    }

    #[test]
    fn a_share_that_is_not_zero_never_reads_as_zero() {
        assert_eq!([0.0, 1e-9, 3.0 / 1143.0, 1.0 - 1e-9, 1.0].map(percent), ["0 %", "<0.01 %", "0.26 %", ">99.99 %", "100 %"]);
    }
}
