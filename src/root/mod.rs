//! The label of one record: what it has to do with root.
//!
//! Labelling looks at one record alone, so that objects can be labelled in any order and on any machine. What needs two records
//! (a session that `sts:AssumeRoot` opened) is resolved when all are known, from the [`Grant`]s gathered here.

pub(crate) mod class;
pub(crate) mod need;
pub(crate) mod phase;

use crate::evidence::record::time::Micros;
use crate::evidence::record::view::Record;
pub use class::Class;
pub use need::Need;
pub use phase::Phase;

/// Everything that one record alone tells about its place in root's story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// What the record has to do with root.
    pub class: Class,
    /// Whether the CIS / Security Hub metric filter for root usage matches the record.
    pub cis_match: bool,
    /// Whether root was needed for it; `None` where no task was done (sign-in, service, other principals).
    pub need: Option<Need>,
}

/// Labels a record; `None` when it has nothing to do with root.
#[must_use]
pub fn label(record: &Record<'_>) -> Option<Label> {
    let class = class::of(record)?;
    Some(Label { class, cis_match: class::cis_match(record), need: class.does_tasks().then(|| need::of(record)) })
}

impl Label {
    /// A label, or that there is none, as a number; [`Label::of_tag`] gives it back.
    #[must_use]
    pub fn tag(label: Option<Self>) -> u32 {
        let place = |place: Option<usize>| u32::try_from(place.map_or(0, |place| place + 1)).unwrap_or_default();
        label.map_or(0, |label| {
            let class = place(Class::ALL.iter().position(|class| *class == label.class));
            let need = place(label.need.and_then(|need| Need::ALL.iter().position(|one| *one == need)));
            class | need << 8 | u32::from(label.cis_match) << 16
        })
    }

    /// The label that [`Label::tag`] made a number of.
    #[must_use]
    pub fn of_tag(tag: u32) -> Option<Self> {
        let [class, need, cis_match, _] = tag.to_le_bytes().map(usize::from);
        let class = *Class::ALL.get(class.checked_sub(1)?)?;
        let need = need.checked_sub(1).and_then(|need| Need::ALL.get(need)).copied();
        Some(Self { class, cis_match: cis_match != 0, need })
    }
}

/// What the pre-filter must look for so that [`label`] and [`Grant::of`] never miss a record: texts, and event names.
pub const WANTED: (&[&str], &[&str]) = (&class::NEEDLES, &class::NAMES);

/// A session that `sts:AssumeRoot` opened in another account, as the caller's record tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The temporary key that was issued.
    pub access_key_id: Box<str>,
    /// The twelve digits of the account whose root it stands for.
    pub target_account: Box<str>,
    /// When the request ended. The session's `creationDate` lies within a second or so of it.
    pub event_time: Micros,
}

/// What records tell that others are labelled by, gathered in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clues {
    /// Sessions that `sts:AssumeRoot` opened.
    pub grants: Vec<Grant>,
    /// MFA devices that root enabled or took away for itself: account and serial number. Making a virtual device and enabling it is one task in two
    /// calls, and only the second says for whom.
    pub devices: Vec<(Box<str>, Box<str>)>,
}

impl Clues {
    /// Adds what a record tells.
    pub(crate) fn take(&mut self, record: &Record<'_>, label: Option<Label>) {
        self.grants.extend(Grant::of(record));
        let is_of_device = || matches!(record.event_name, Some("EnableMFADevice" | "DeactivateMFADevice" | "ResyncMFADevice"));
        // Of these calls root is needed only for its own device.
        if label.is_some_and(|label| label.need == Some(Need::Required)) && is_of_device() {
            let device = record.actor_account_id().zip(record.request("serialNumber"));
            self.devices.extend(device.map(|(account, serial)| (account.into(), serial.into())));
        }
    }

    /// Adds what others tell.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.grants.append(&mut other.grants);
        self.devices.append(&mut other.devices);
    }
}

/// The serial number of the virtual MFA device that a call of root makes or deletes, where the call alone does not show that it is root's own.
pub(crate) fn device_of(record: &Record<'_>, label: Label) -> Option<String> {
    let is_open = label.need == Some(Need::NotRequired)
        && record.event_source == Some("iam.amazonaws.com")
        && matches!(record.event_name, Some("CreateVirtualMFADevice" | "DeleteVirtualMFADevice"));
    let made = || record.value.at(&["responseElements", "virtualMFADevice", "serialNumber"]).and_then(|serial| serial.text());
    record.request("serialNumber").or_else(made).filter(|_| is_open).map(str::to_owned)
}

/// The longest that an `AssumeRoot` session lives, in microseconds: 900 s (STS API reference, `AssumeRoot`).
pub(crate) const GRANT_LIFETIME: Micros = 900 * 1_000_000;

/// How far the clocks of STS and of another service are allowed to differ, in microseconds.
const CLOCKS: Micros = 5 * 1_000_000;

impl Grant {
    /// The grant in a successful `AssumeRoot` record.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Option<Self> {
        if record.event_source != Some("sts.amazonaws.com") || record.event_name != Some("AssumeRoot") {
            return None;
        }
        let key = record.value.at(&["responseElements", "credentials"])?.filled("accessKeyId")?;
        Some(Self {
            access_key_id: key.into(),
            target_account: account_digits(record.request("targetPrincipal")?)?.into(),
            event_time: record.event_time?,
        })
    }

    /// Whether a root record with this key, account and time belongs to the session. The key is unique, so its `creationDate`, which another clock
    /// wrote, is not asked for.
    #[must_use]
    pub fn opened(&self, account: &str, event_time: Micros) -> bool {
        let from = self.event_time.saturating_sub(CLOCKS);
        let to = self.event_time.saturating_add(GRANT_LIFETIME + CLOCKS);
        self.target_account.as_ref() == account && (from..=to).contains(&event_time)
    }
}

/// The first run of exactly twelve digits: the target is an account id in AWS's sample, a principal ARN in the API text.
fn account_digits(principal: &str) -> Option<&str> {
    principal.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_survive_being_numbers() {
        assert_eq!(Label::of_tag(Label::tag(None)), None);
        for class in Class::ALL {
            for need in Need::ALL.map(Some).into_iter().chain([None]) {
                for cis_match in [false, true] {
                    let label = Label { class, need, cis_match };
                    assert_eq!(Label::of_tag(Label::tag(Some(label))), Some(label));
                }
            }
        }
    }

    #[test]
    fn the_target_of_a_grant_is_found_in_an_id_and_in_an_arn() {
        assert_eq!(account_digits("111122223333"), Some("111122223333"));
        assert_eq!(account_digits("arn:aws:iam::111122223333:root"), Some("111122223333"));
        assert_eq!(account_digits("arn:aws:iam::11112222333:root"), None);
    }
}
