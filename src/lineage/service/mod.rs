//! What the calls of each service do to identities and credentials. One file a service family.

mod doors;
mod ec2;
mod iam;
mod iam_credentials;
mod lambda;
mod organizations;
mod policy;
mod signin;
mod sso;
mod sts;
mod trail;

use super::actor::{Actor, Arn, Sort, last};
use super::effect::{Effect, Slot, Thing};
use super::guest::Guest;
use super::kind::Kind;
use super::names::{Name, Names};
use crate::evidence::record::view::{Record, Value};

/// What IAM calls root where a user name is wanted.
const ROOT_AS_USER: &str = "AWS ROOT USER";

/// Whether names of that sort of resource mean one thing in all accounts and regions.
pub(super) fn is_everywhere(noun: &str) -> bool {
    matches!(noun, "bucket" | "snapshot" | "image")
}

/// Calls that say of a sort of resource whom it lets in, by the name that all their versions begin with.
pub(super) fn openings_of(noun: &str) -> impl Iterator<Item = &'static str> {
    doors::events_of(noun)
}

/// The effects of a successful call.
pub(super) fn effects(record: &Record<'_>, actor: &Actor, names: &mut Names) -> Box<[Effect]> {
    let Some(event) = record.event_name else { return Box::default() };
    let account = names.of_option(record.recipient_account_id).some().unwrap_or(actor.account);
    let mut call = Call { record, actor, names, account, effects: Vec::new() };
    let source = record.event_source.unwrap_or_default();
    match source.strip_suffix(".amazonaws.com").unwrap_or(source) {
        "iam" => {
            iam::read(&mut call, event);
            iam_credentials::read(&mut call, event);
        }
        "sts" => sts::read(&mut call, event),
        "signin" => signin::read(&mut call, event),
        "ec2" | "ec2-instance-connect" | "ssm" => ec2::read(&mut call, event),
        "lambda" => lambda::read(&mut call, event),
        "sso" | "sso-directory" | "identitystore" => sso::read(&mut call, event),
        "organizations" => organizations::read(&mut call, event),
        "cloudtrail" => trail::read(&mut call, event),
        _ => {}
    }
    doors::read(&mut call, event);
    call.effects.into_boxed_slice()
}

/// A call that is being read.
struct Call<'c, 't> {
    record: &'c Record<'t>,
    actor: &'c Actor,
    names: &'c mut Names,
    /// Where it had its effect.
    account: Name,
    effects: Vec<Effect>,
}

impl<'t> Call<'_, 't> {
    fn asked(&self, key: &str) -> Option<&'t str> {
        self.record.request(key).filter(|text| !text.is_empty())
    }

    fn answer(&self, keys: &[&str]) -> Option<Value<'t>> {
        self.record.value.get("responseElements")?.at(keys)
    }

    /// Text in the answer.
    fn answered(&self, keys: &[&str]) -> Option<&'t str> {
        self.answer(keys)?.text().filter(|text| !text.is_empty())
    }

    fn thing(&mut self, kind: Kind, name: &str) -> Thing {
        Thing { kind, account: self.account, name: self.names.of(name), id: Name::NONE }
    }

    /// A thing of that kind which the request names under `key`.
    fn named(&mut self, kind: Kind, key: &str) -> Option<Thing> {
        let name = self.asked(key)?;
        Some(self.thing(kind, name))
    }

    fn root(&self) -> Thing {
        Thing { kind: Kind::Root, account: self.account, name: Name::NONE, id: Name::NONE }
    }

    /// The user that the request names; where it names none, IAM takes the owner of the signing key, root included.
    fn user(&mut self) -> Option<Thing> {
        match self.asked("userName") {
            Some(ROOT_AS_USER) => Some(self.root()),
            Some(name) => Some(self.thing(Kind::User, name)),
            None => match self.actor.sort {
                Sort::Root => Some(self.root()),
                Sort::User => {
                    Some(Thing { kind: Kind::User, account: self.actor.account, name: self.actor.name.some()?, id: self.actor.id })
                }
                _ => None,
            },
        }
    }

    /// What belongs to one user or to root, by a name that is unique in the account.
    fn belonging(&mut self, kind: Kind, name: &str) -> Thing {
        self.thing(kind, name)
    }

    fn key(&mut self, key: &str) -> Thing {
        Thing { kind: Kind::AccessKey, account: Name::NONE, name: self.names.of(key), id: Name::NONE }
    }

    /// A role by its ARN or its name.
    fn role(&mut self, text: &str) -> Thing {
        let arn = Arn::parse(text);
        let account = arn.map(|arn| arn.account).filter(|account| !account.is_empty());
        let account = account.map_or(self.account, |account| self.names.of(account));
        let name = arn.and_then(|arn| arn.after("role/")).unwrap_or(text);
        Thing { kind: Kind::Role, account, name: self.names.of(last(name)), id: Name::NONE }
    }

    fn detail(&mut self, text: &str) -> Name {
        self.names.of(text)
    }

    fn add(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn make(&mut self, thing: Thing, holder: Option<Thing>) {
        self.add(Effect::Make { thing, holder });
    }

    /// An alteration that stands from now on.
    fn alter(&mut self, thing: Thing, slot: Slot, detail: Name) {
        self.add(Effect::Change(thing));
        self.add(Effect::Set { slot, on: thing, detail });
    }

    /// Whom a policy of the thing lets in from now on. `way` is what a later call can take away again by itself.
    fn open(&mut self, door: Thing, label: &str, way: Name, admitted: &policy::Admitted) {
        let label = self.names.of(label);
        self.add(Effect::Opened { door, label, is_read: admitted.is_read });
        for principal in &admitted.principals {
            let guest = Guest::read(principal, self.names);
            self.add(Effect::Admit { door, way, guest });
        }
    }

    /// Nobody comes in by that way any more; without one, by none.
    fn shut(&mut self, door: Thing, way: Option<Name>) {
        self.add(Effect::Shut { door, way });
    }

    fn clear(&mut self, thing: Thing, slot: Slot, detail: Name) {
        self.add(Effect::Clear { slot, on: thing, detail });
    }
}
