//! Instances that traced records launched: what an account pays for when somebody else mines in it.

use super::effect::Effect;
use super::fact::Fact;
use super::kind::Kind;
use super::names::{Name, Names};
use super::node::NodeId;
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashMapExt};
use serde::Serialize;
use std::collections::BTreeMap;

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Launched {
    /// `i-...`.
    pub instance_id: String,
    /// Its node, if it has one.
    pub node: Option<NodeId>,
    /// Twelve digits.
    pub account: String,
    /// Where.
    pub region: String,
    /// Instance type; empty where the record does not tell.
    pub model: String,
    /// Whether the type has accelerators: families p, g, inf, trn and their variants.
    pub accelerated: bool,
    /// When it was launched.
    pub launched: Micros,
    /// When it was terminated, by whomever; `None` if it was not in the evidence.
    pub terminated: Option<Micros>,
    /// Microseconds that it ran until it was terminated or the evidence ends; time stopped is left out.
    pub running: Micros,
    /// The record of the launch.
    pub handle: u64,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Hijack {
    /// In order of launch.
    pub instances: Vec<Launched>,
    /// Instances by region.
    pub regions: BTreeMap<String, u64>,
    /// Instances by type.
    pub models: BTreeMap<String, u64>,
    /// Instances with accelerators.
    pub accelerated: u64,
    /// Instances that were not terminated in the evidence.
    pub running: u64,
    /// Microseconds that all of them ran together.
    pub running_time: Micros,
}

impl Hijack {
    /// Hours that all of them ran together.
    #[must_use]
    pub fn hours(&self) -> f64 {
        // Exact up to 285 years of one instance.
        self.running_time as f64 / 3_600_000_000.0
    }
}

struct Run {
    launched: Launched,
    since: Option<Micros>,
}

/// Goes through the facts in order of time; a launch counts if its record is traced. `until` is the end of what is known.
pub(super) fn hijack<'f>(
    facts: impl Iterator<Item = (&'f Fact, bool)>,
    names: &Names,
    until: Option<Micros>,
    node_of: impl Fn(Kind, Name, Name) -> Option<NodeId>,
) -> Hijack {
    let mut runs: Vec<Run> = Vec::new();
    let mut known: HashMap<(Name, Name), usize> = HashMap::new();
    for (fact, time, traced) in facts.filter_map(|(fact, traced)| Some((fact, fact.time?, traced))) {
        for effect in &fact.effects {
            let at = |name: Name, account: Name| known.get(&(account, name)).copied();
            match *effect {
                Effect::Launch { instance, model } if traced && at(instance.name, instance.account).is_none() => {
                    known.insert((instance.account, instance.name), runs.len());
                    let model = names.text(model).to_owned();
                    let launched = Launched {
                        instance_id: names.text(instance.name).to_owned(),
                        node: node_of(instance.kind, instance.account, instance.name),
                        account: names.text(instance.account).to_owned(),
                        region: names.text(fact.region).to_owned(),
                        accelerated: is_accelerated(&model),
                        model,
                        launched: time,
                        terminated: None,
                        running: 0,
                        handle: fact.handle,
                    };
                    runs.push(Run { launched, since: Some(time) });
                }
                Effect::End(instance) | Effect::Power { instance, on: false } if instance.kind == Kind::Instance => {
                    let Some(run) = at(instance.name, instance.account).map(|place| &mut runs[place]) else { continue };
                    run.stop(time);
                    if matches!(effect, Effect::End(_)) {
                        run.launched.terminated.get_or_insert(time);
                    }
                }
                Effect::Power { instance, on: true } => {
                    let Some(run) = at(instance.name, instance.account).map(|place| &mut runs[place]) else { continue };
                    if run.launched.terminated.is_none() {
                        run.since.get_or_insert(time);
                    }
                }
                _ => {}
            }
        }
    }
    let mut hijack = Hijack::default();
    for mut run in runs {
        run.stop(until.unwrap_or(Micros::MIN));
        let launched = run.launched;
        *hijack.regions.entry(launched.region.clone()).or_default() += 1;
        *hijack.models.entry(launched.model.clone()).or_default() += 1;
        hijack.accelerated += u64::from(launched.accelerated);
        hijack.running += u64::from(launched.terminated.is_none());
        hijack.running_time = hijack.running_time.saturating_add(launched.running);
        hijack.instances.push(launched);
    }
    hijack
}

impl Run {
    fn stop(&mut self, time: Micros) {
        if let Some(since) = self.since.take() {
            self.launched.running = self.launched.running.saturating_add(time.saturating_sub(since).max(0));
        }
    }
}

/// Families of accelerated computing in the EC2 user guide: `p5.48xlarge`, `g6e.xlarge`, `gr6.4xlarge`, `inf2.xlarge`, `trn1n.32xlarge`.
fn is_accelerated(model: &str) -> bool {
    let letters = model.find(|c: char| !c.is_ascii_lowercase()).map_or(model, |at| &model[..at]);
    letters.len() < model.len() && matches!(letters, "p" | "g" | "gr" | "inf" | "trn" | "dl" | "vt" | "f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accelerated_types_are_told_by_their_family() {
        for yes in ["p2.8xlarge", "p4d.24xlarge", "g4dn.xlarge", "gr6.4xlarge", "inf1.xlarge", "trn1.2xlarge"] {
            assert!(is_accelerated(yes), "{yes}");
        }
        for no in ["t2.micro", "c5.large", "m6g.large", "r6g.large", "hpc7g.4xlarge", "p", "", "x2gd.metal"] {
            assert!(!is_accelerated(no), "{no}");
        }
    }
}
