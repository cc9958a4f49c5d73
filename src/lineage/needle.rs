//! Texts that a record must hold to matter for what is known so far.
//!
//! A needle is plain ASCII text as it stands in JSON that escapes nothing but what it must. A record may spell the same letters with escapes
//! (`\u0041`); whoever filters shows every record that has an escape of an ASCII letter or digit, as the pre-filter of the scan does.

use super::closure::Closure;
use super::effect::{Effect, Thing};
use super::fact::Fact;
use super::graph::{Graph, Mark, Vertex};
use super::kind::Kind;
use super::names::{Name, Names};
use super::service::{is_everywhere, openings_of};
use crate::evidence::source::key::is_account;
use foldhash::{HashSet, HashSetExt};
use std::collections::BTreeSet;

/// Bytes to look for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Needle {
    text: Box<str>,
    /// The account whose number must stand in the record as well: many accounts have an `admin`.
    account: Option<Box<str>>,
}

impl Needle {
    /// A needle for exactly this text.
    pub(super) fn exact(text: &str) -> Self {
        Self { text: text.into(), account: None }
    }

    /// The bytes; never none.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account whose number a record must hold beside the text; `None` where the text is enough.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
}

/// A name shorter than this is looked for with what must stand around it: it stands in much else, and is slow to look for.
const SHORT: usize = 7;

/// A name shorter than this is looked for with what must stand behind it: the names of a program often differ in their last letters only.
const SHORTISH: usize = 12;

/// What stands before a name in a record: it is a text of its own, or a part of an ARN or a path.
const BEFORE: [char; 3] = ['"', '/', ':'];

/// What stands behind it; the backslash where the text is itself in a text.
const BEHIND: [char; 4] = ['"', '/', '\\', ':'];

/// Adds needles one of which every record that holds the name must hold.
pub(super) fn spell(name: &str, needles: &mut BTreeSet<Needle>) {
    if name.is_empty() {
        return;
    }
    // Writers of JSON escape other characters in more than one way, `/` and `=` among them.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | ' ' | ',' | '@' | '(' | ')');
    let runs = name.split(|c| !is_plain(c));
    let Some(run) = runs.max_by_key(|run| run.len()) else { return };
    let is_whole = run.len() == name.len();
    if run.len() >= SHORTISH || run.len() >= 2 && !is_whole {
        needles.insert(Needle::exact(run));
    } else if is_whole && run.len() >= SHORT {
        needles.extend(BEHIND.map(|behind| Needle::exact(&format!("{run}{behind}"))));
    } else if is_whole {
        needles.extend(BEFORE.iter().flat_map(|before| BEHIND.map(|behind| Needle::exact(&format!("{before}{run}{behind}")))));
    } else {
        // Nearly nothing but characters that may be escaped: every spelling that is known, whole.
        needles.insert(Needle::exact(name));
        for upper in [false, true] {
            let escape = |c: char| match c {
                c if is_plain(c) || c == '/' || c == '+' => c.to_string(),
                c => c
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|unit| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") })
                    .collect(),
            };
            needles.insert(Needle::exact(&name.chars().map(escape).collect::<String>()));
        }
    }
}

/// The same of a permission set, or of what else a directory has. The role that a set becomes in an account is called after it:
/// `AWSReservedSSO_Set_0123456789abcdef`.
fn spell_set(name: &str, needles: &mut BTreeSet<Needle>) {
    spell(name, needles);
    needles.insert(Needle::exact(&format!("_{name}_")));
}

/// What to look for now.
pub(super) fn wanted(
    graph: &Graph,
    closure: &Closure,
    facts: &[Fact],
    traced: impl Iterator<Item = u32>,
    names: &Names,
) -> BTreeSet<Needle> {
    let mut needles = BTreeSet::new();
    // Permission sets and directory users, which act under names that other records tell.
    let mut directory: HashSet<&str> = HashSet::new();
    for (place, vertex) in (0u32..).zip(&graph.vertices) {
        if closure.first(place).is_some() {
            of_vertex(vertex, graph, closure, names, &mut needles);
            if matches!(vertex.kind, Kind::PermissionSet | Kind::DirectoryUser | Kind::Assignment) {
                directory.extend(names.text(vertex.name).split(' '));
            }
        }
    }
    let traced: Vec<u32> = traced.collect();
    for fact in &traced {
        of_effects(&facts[*fact as usize], names, &mut needles, &mut directory);
    }
    // What is assigned to such a group, and then what the sets are called.
    for effect in facts.iter().flat_map(|fact| fact.effects.iter()) {
        if let Effect::Assign { set, principal, .. } = effect
            && directory.contains(names.text(*principal))
        {
            let set = names.text(set.name);
            directory.insert(set);
            spell(set.rsplit('/').next().unwrap_or(set), &mut needles);
        }
    }
    // Who is in a group that something was assigned to.
    for effect in facts.iter().flat_map(|fact| fact.effects.iter()) {
        if let Effect::Bind { from: Thing { kind: Kind::DirectoryGroup, name, .. }, to } = effect
            && directory.contains(names.text(*name))
        {
            directory.insert(names.text(to.name));
            spell(names.text(to.name), &mut needles);
        }
    }
    for fact in facts {
        for effect in &fact.effects {
            match effect {
                Effect::Names { set, name } if directory.contains(names.text(set.name)) => spell_set(names.text(*name), &mut needles),
                // Without a key the session is known by its name, and only once a record of it is seen.
                Effect::Issue(issue) if issue.key.is_none() => {
                    let role = issue.role.map_or(Name::NONE, |role| role.name);
                    spell(names.text(issue.session.some().unwrap_or(role)), &mut needles);
                }
                _ => {}
            }
        }
    }
    needles
}

/// What a record by a traced identity leads to that is not a node.
fn of_effects<'n>(fact: &Fact, names: &'n Names, needles: &mut BTreeSet<Needle>, directory: &mut HashSet<&'n str>) {
    for effect in &fact.effects {
        match *effect {
            Effect::Set { on: Thing { kind: Kind::Trail, name, .. }, .. } => spell(names.text(name), needles),
            Effect::Bind { from: Thing { kind: Kind::DirectoryGroup, name, .. }, .. } => {
                directory.insert(names.text(name));
                spell(names.text(name), needles);
            }
            Effect::Membership { membership, .. } => spell(names.text(membership), needles),
            Effect::Federate { account, set } => {
                within(&format!("AWSReservedSSO_{}_", names.text(set)), names.text(account), needles);
            }
            // Whoever comes from an account bears its number; who it is of everybody shows in the records of the owner.
            Effect::Admit { door, guest, .. } if door.kind == Kind::Resource && guest.account() != Some(door.account) => {
                let text = names.text(door.name);
                let (noun, rest) = text.split_once('/').unwrap_or((text, text));
                let bare = if is_everywhere(noun) { rest } else { rest.split_once('/').map_or(rest, |(_, bare)| bare) };
                let account = names.text(guest.account().unwrap_or(door.account));
                if noun == "secret" {
                    // Its ARN goes on after the name.
                    within(&format!("{bare}-"), account, needles);
                }
                within(bare, account, needles);
                // Who shuts it again is of the owner's account, where its name may be in most records; what is looked for is the call.
                openings_of(noun).for_each(|event| within(event, names.text(door.account), needles));
            }
            _ => {}
        }
    }
}

/// Needles of a name that count in records of an account only.
fn within(name: &str, account: &str, needles: &mut BTreeSet<Needle>) {
    let account = Some(account).filter(|account| is_account(account));
    let mut spelled = BTreeSet::new();
    spell(name, &mut spelled);
    needles.extend(spelled.into_iter().map(|needle| Needle { account: account.map(Into::into), ..needle }));
}

fn of_vertex(vertex: &Vertex, graph: &Graph, closure: &Closure, names: &Names, needles: &mut BTreeSet<Needle>) {
    let mut add = |name: Name| spell(names.text(name), needles);
    match vertex.kind {
        Kind::Root => needles.extend([Needle::exact(":root\""), Needle::exact("\"Root\"")]),
        Kind::User | Kind::Role => {
            add(vertex.id);
            // Whose name it is shows by the account of the identity, of its ARN, or of the record, all of which stand in the record.
            within(names.text(vertex.name), names.text(vertex.account), needles);
        }
        Kind::RoleSession => {
            // All its records bear the role's name; of the role's id the first part of its own is enough.
            let role = names.text(vertex.id).split(':').next().unwrap_or_default();
            if is_role_tainted(vertex, graph, closure) {
                spell(role, needles);
            } else {
                add(vertex.key);
                add(if vertex.id.is_none() { vertex.session } else { vertex.id });
            }
        }
        Kind::AccessKey | Kind::SessionToken | Kind::RootSession => add(vertex.key),
        Kind::FederatedSession | Kind::ConsoleSession => [vertex.key, vertex.name, vertex.session].into_iter().for_each(add),
        Kind::Function => {
            let name = names.text(vertex.name);
            spell(name.split_once('/').map_or(name, |(_, bare)| bare), needles);
        }
        Kind::PermissionSet | Kind::Assignment => {
            let (set, principal) = names.text(vertex.name).split_once(' ').unwrap_or((names.text(vertex.name), ""));
            spell_set(set.rsplit('/').next().unwrap_or(set), needles);
            spell(principal, needles);
        }
        // Whoever came in is told by the record of it, and is looked for nowhere else.
        Kind::Door | Kind::Visitor => {}
        // The number of an account stands in all its records.
        Kind::Account if names.text(vertex.name).bytes().all(|byte| byte.is_ascii_digit()) => {}
        _ => add(vertex.name),
    }
}

fn is_role_tainted(session: &Vertex, graph: &Graph, closure: &Closure) -> bool {
    // Lives of a role are few, and a session of any is asked for by the role's name.
    (0..4).any(|which| {
        let mark = Mark { kind: Kind::Role, account: session.account, name: session.name, session: Name::NONE, which };
        graph.find(mark).is_some_and(|place| closure.first(place).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spelled(name: &str) -> Vec<String> {
        let mut needles = BTreeSet::new();
        spell(name, &mut needles);
        needles.iter().map(|needle| needle.as_str().to_owned()).collect()
    }

    #[test]
    fn names_are_looked_for_as_json_may_spell_them() {
        assert_eq!(spelled("tracy_stone_01"), ["tracy_stone_01"]);
        assert_eq!(spelled("tracy_stone"), ["tracy_stone\"", "tracy_stone/", "tracy_stone:", "tracy_stone\\"]);
        assert_eq!(spelled("a=backup"), ["backup"]);
        assert!(spelled("bob").contains(&"\"bob\"".to_owned()) && spelled("bob").contains(&"/bob\"".to_owned()));
        assert!(spelled("==").contains(&"\\u003d\\u003d".to_owned()));
        assert!(spelled("").is_empty());
        let mut needles = BTreeSet::new();
        spell_set("Dev", &mut needles);
        assert!(needles.iter().any(|needle| "role/aws-reserved/AWSReservedSSO_Dev_0123456789abcdef".contains(needle.as_str())));
    }

    proptest! {
        #[test]
        fn some_needle_is_in_every_record_that_holds_the_name(name in "[a-z=+,.@_-]{1,12}", way in 0..3) {
            let text = serde_json::json!({"userName": name, "arn": format!("arn:aws:iam::111122223333:user/{name}")}).to_string();
            let text = match way {
                0 => text,
                1 => text.replace('/', "\\/"),
                _ => text.replace('=', "\\u003d"),
            };
            prop_assert!(spelled(&name).iter().any(|needle| text.contains(needle.as_str())), "{} {:?}", text, spelled(&name));
        }
    }
}
