//! The table of inputs. Readers do not know it, nor each other.

use super::format::Format;
use super::import::Unreadable;
use super::{account_summary, config_compliance, credential_report, organization_accounts, service_control_policies, virtual_mfa_devices};

/// All inputs. The first that fits takes an item.
pub(super) const FORMATS: [Format; 6] = [
    credential_report::FORMAT,
    account_summary::FORMAT,
    virtual_mfa_devices::FORMAT,
    organization_accounts::FORMAT,
    config_compliance::FORMAT,
    service_control_policies::FORMAT,
];

/// The error for a file that is none of them.
pub(super) fn unknown() -> Unreadable {
    Unreadable::Unknown { known: FORMATS.map(|format| format.forms).join(", ") }
}
