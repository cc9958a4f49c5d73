//! A made-up organisation with known truth: 1,143 accounts over the four months before 2026-11-01, as files and records would tell of them.
//!
//! Its figures are those that a study of so many accounts published: root used in the last seven days in 35 of them, access keys of root in 49, no MFA in 111,
//! MFA but none by hardware in 94, and root used at least once over the four months in 15 %.

use super::super::*;
use super::{at, window};
use crate::evidence::record::time;
use crate::proof::coverage::{HOUR, State as Seen};
use base64ct::{Base64, Encoding};
use inputs::Options;
use std::fmt::Write as _;

pub const ACCOUNTS: usize = 1_143;
/// Used in the last seven days.
pub const RECENT: usize = 35;
/// Used at least once: 14.96 %.
pub const USED: usize = 171;
pub const WITH_KEYS: usize = 49;
pub const WITHOUT_MFA: usize = 111;
pub const VIRTUAL_MFA: usize = 94;

/// The end of the window, which is when the last reports are made.
pub const END: &str = "2026-11-01";
/// When reports are made.
pub const REPORTS: [&str; 4] = ["2026-08-01", "2026-09-01", "2026-10-01", END];

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,\
    access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mfa {
    None,
    Virtual,
    Hardware,
}

/// What is true of an account.
#[derive(Debug, Clone)]
pub struct Truth {
    pub id: String,
    pub has_key: bool,
    pub mfa: Mfa,
    /// Sign-ins, and calls with the key, in order of time.
    pub uses: Vec<(Micros, UseKind)>,
}

pub fn study_window() -> Window {
    window("2026-07-01", END)
}

/// So many places out of all, in an order that a seed gives.
fn drawn(seed: u64, count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..ACCOUNTS).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut places);
    places.truncate(count);
    places
}

pub fn truth() -> Vec<Truth> {
    let account = |place| Truth { id: format!("11112222{place:04}"), has_key: false, mfa: Mfa::Hardware, uses: Vec::new() };
    let mut all: Vec<Truth> = (0..ACCOUNTS).map(account).collect();
    drawn(1, WITH_KEYS).into_iter().for_each(|place| all[place].has_key = true);
    for (number, place) in drawn(2, WITHOUT_MFA + VIRTUAL_MFA).into_iter().enumerate() {
        all[place].mfa = if number < WITHOUT_MFA { Mfa::None } else { Mfa::Virtual };
    }
    let mut rng = fastrand::Rng::with_seed(4);
    let (start, recent, end) = (study_window().from(), at(END) - 7 * DAY, at(END));
    for (number, place) in drawn(3, USED).into_iter().enumerate() {
        let account = &mut all[place];
        let mut add = |from: Micros, to: Micros| {
            let kind = if account.has_key && rng.bool() { UseKind::LongTermKey } else { UseKind::SignIn };
            // A quarter of an hour from the seven days' start, so that reports, which know no better, tell on which side a use lies.
            account.uses.push((rng.i64(from + HOUR..to - HOUR) / 1_000_000 * 1_000_000, kind));
        };
        (0..number % 4).for_each(|_| add(start, recent));
        if number < RECENT {
            add(recent, end);
        } else {
            add(start, recent);
        }
        account.uses.sort_by_key(|(time, _)| *time);
    }
    all
}

/// The credential report of an account as of a date. Every third account has one of before 2024, which knows nothing of root's password.
pub fn report(place: usize, truth: &Truth, date: Micros) -> String {
    let last = |kind| truth.uses.iter().rev().find(|(time, of)| *of == kind && *time < date).map(|(time, _)| *time);
    // The first use of five or fifteen minutes is kept; here its start.
    let kept = |time: Option<Micros>, minutes: i64| time.map(|time| time::format(time / (minutes * 60_000_000) * (minutes * 60_000_000)));
    let password = kept(last(UseKind::SignIn), 5).unwrap_or("no_information".to_owned());
    let enabled = if place.is_multiple_of(3) { "not_supported,PASSWORD,not_supported" } else { "TRUE,PASSWORD,2020-01-01T00:00:00Z" };
    let mut text = format!("{HEADER}\n<root_account>,arn:aws:iam::{}:root,2018-01-01T00:00:00+00:00,", truth.id);
    let mfa = truth.mfa != Mfa::None;
    write!(text, "{},not_supported,{mfa},", enabled.replace("PASSWORD", &password)).unwrap();
    match (truth.has_key, kept(last(UseKind::LongTermKey), 15)) {
        (true, Some(used)) => write!(text, "true,2021-06-01T00:00:00Z,{used},us-east-1,ec2,").unwrap(),
        (true, None) => text.push_str("true,2021-06-01T00:00:00Z,N/A,N/A,N/A,"),
        (false, _) => text.push_str("false,N/A,N/A,N/A,N/A,"),
    }
    text.push_str("false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n");
    writeln!(
        text,
        "ann,arn:aws:iam::{}:user/ann,2019-01-01T00:00:00Z,true,{},2019-01-01T00:00:00Z,N/A,false",
        truth.id,
        time::format(date - HOUR)
    )
    .unwrap();
    text
}

/// What `list-virtual-mfa-devices` says of an account: a device of Ann's, and of root where it has one.
fn devices(truth: &Truth) -> String {
    let device = |name: &str, user: &str| {
        format!(
            r#"{{"SerialNumber":"arn:aws:iam::{0}:mfa/{name}","User":{{"Arn":"arn:aws:iam::{0}:{user}"}},"EnableDate":"2020-01-01T00:00:00+00:00"}}"#,
            truth.id
        )
    };
    let mut all = vec![device("ann", "user/ann")];
    all.extend((truth.mfa == Mfa::Virtual).then(|| device("phone", "root")));
    format!(r#"{{"VirtualMFADevices":[{}]}}"#, all.join(","))
}

/// Adds what files say: the list of accounts, reports of four dates, the devices at the end.
pub fn add_files(gathering: &mut Gathering, truth: &[Truth]) {
    let mut add = |text: &str, date: &str| {
        let import = inputs::read(text.as_bytes(), &Options { date: Some(at(date)), ..Options::default() }).unwrap();
        assert_eq!((import.problems.len(), import.incomplete), (0, false));
        gathering.add_import(&import);
    };
    let arn = |id: &str| format!(r#"{{"Id":"{id}","Arn":"arn:aws:organizations::111122220000:account/o-1/{id}","Status":"ACTIVE"}}"#);
    add(&format!(r#"{{"Accounts":[{}]}}"#, truth.iter().map(|truth| arn(&truth.id)).collect::<Vec<_>>().join(",")), END);
    add(&truth.iter().map(devices).collect::<Vec<_>>().join("\n"), END);
    for (place, truth) in truth.iter().enumerate() {
        for date in REPORTS {
            // Until the first report nobody had MFA.
            let earlier = Truth { mfa: Mfa::None, ..truth.clone() };
            let table = report(place, if date == REPORTS[0] { &earlier } else { truth }, at(date));
            // Half of the reports still lie in the answer of the call, and say themselves when they were made.
            if place.is_multiple_of(2) {
                let content = Base64::encode_string(table.as_bytes());
                add(
                    &format!(r#"{{"Content":"{content}","ReportFormat":"text/csv","GeneratedTime":"{date}T00:00:00+00:00"}}"#),
                    "2000-01-01",
                );
            } else {
                add(&table, date);
            }
        }
    }
}

/// Adds what records show, proven in two regions.
pub fn add_records(gathering: &mut Gathering, truth: &[Truth]) {
    for account in truth {
        for region in ["us-east-1", "eu-west-1"] {
            gathering.cover(&account.id, region, (study_window().from(), study_window().to()), Seen::Proven);
        }
        for (time, kind) in &account.uses {
            let is_sign_in = *kind == UseKind::SignIn;
            let name = if is_sign_in { "signin:ConsoleLogin" } else { "ec2:RunInstances" };
            let mfa = is_sign_in.then_some(account.mfa != Mfa::None && *time >= at(REPORTS[0]));
            gathering.add_use(&account.id, &UseOf { mfa, ..UseOf::new(*time, *kind, name) });
        }
    }
}
