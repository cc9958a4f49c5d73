//! Takeovers of which the truth is known, among a thousand innocents: what is found, what is missed, who is wronged.

use super::*;

const INNOCENTS: usize = 1000;
const DEEPEST: u32 = 6;

/// An identity or credential in the hands of the attacker.
#[derive(Clone)]
struct Hand {
    account: &'static str,
    depth: u32,
    /// Of its own records.
    certainty: Certainty,
    /// Its `userIdentity` at a time.
    identity: Value,
    /// When it can be used first.
    since: i64,
    /// A user that has no key yet, by name.
    user: Option<String>,
}

struct World {
    random: fastrand::Rng,
    now: i64,
    records: Vec<Value>,
    /// The truth for each record.
    truth: Vec<Option<Certainty>>,
    hands: Vec<Hand>,
    serial: usize,
}

const ACCOUNTS: [&str; 3] = [ACCOUNT, OTHER, THIRD];
/// Names that occur in every account, used by all sides.
const NAMES: [&str; 6] = ["deploy", "backup", "ci", "root", "ops-admin", "a=b"];

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            random: fastrand::Rng::with_seed(seed),
            now: 1000,
            records: Vec::new(),
            truth: Vec::new(),
            hands: Vec::new(),
            serial: 0,
        };
        let identity = root(ACCOUNT);
        world.push(Some(Certainty::Issued), |now| sign_in(now, identity, true));
        world.hands.push(Hand {
            account: ACCOUNT,
            depth: 0,
            certainty: Certainty::Issued,
            identity: root(ACCOUNT),
            since: world.now,
            user: None,
        });
        world
    }

    fn push(&mut self, truth: Option<Certainty>, record: impl FnOnce(i64) -> Value) -> i64 {
        self.now += self.random.i64(1..4);
        let record = record(self.now);
        self.records.push(record);
        self.truth.push(truth);
        self.now
    }

    fn fresh(&mut self, before: &str) -> String {
        self.serial += 1;
        format!("{before}{:05}EXAMPLE", self.serial)
    }

    fn own(&mut self, name: &str) -> String {
        self.serial += 1;
        format!("{name}-{:04}", self.serial)
    }

    /// A session that somebody may have, in the account of a hand or beside it.
    fn next(&mut self, from: &Hand, account: &'static str, identity: Value, certainty: Certainty) {
        let certainty = certainty.min(from.certainty);
        self.hands.push(Hand { account, depth: from.depth + 1, certainty, identity, since: self.now, user: None });
    }

    /// The attacker does something.
    fn act(&mut self) {
        let usable: Vec<usize> =
            (0..self.hands.len()).filter(|hand| self.hands[*hand].depth < DEEPEST && self.hands[*hand].user.is_none()).collect();
        let hand = self.hands[*self.random.choice(&usable).unwrap()].clone();
        let (account, by, truth) = (hand.account, hand.identity.clone(), Some(hand.certainty));
        match self.random.u8(0..15) {
            0 | 1 => self.make_user(&hand),
            2 => {
                let Some(place) =
                    self.hands.iter().position(|other| other.user.is_some() && other.account == account && other.depth <= DEEPEST)
                else {
                    return;
                };
                let (name, key) = (self.hands[place].user.clone().unwrap(), self.fresh("AKIA"));
                let owner = self.hands[place].clone();
                self.push(truth, |now| create_key(now, by, &name, &key));
                let identity = with_key(owner.identity.clone(), &key);
                // The key's own way: from its maker, by its id.
                self.hands.push(Hand { certainty: hand.certainty.max(owner.certainty), identity, since: self.now, user: None, ..owner });
            }
            3 => {
                let (role, key) = (self.own("worker"), self.fresh("ASIA"));
                self.push(truth, |now| create_role(now, by.clone(), &role));
                let start = self.push(truth, |now| assume_role(now, by, account, &role, "s-1", &key));
                self.next(&hand, account, session(account, &role, "s-1", &key, start), Certainty::Issued);
            }
            4 | 5 => {
                // A role that is everybody's, in any account, under a session name that others use too.
                let (target, key) = (*self.random.choice(&ACCOUNTS).unwrap(), self.fresh("ASIA"));
                let name = *self.random.choice(&["nightly", ":root", "root", "s-1"]).unwrap();
                let start = self.push(truth, |now| assume_role(now, by.clone(), target, "shared", name, &key));
                if target != account {
                    let mut copy = assume_role(start, by, target, "shared", name, &key);
                    copy["recipientAccountId"] = target.into();
                    copy["userIdentity"] = json!({"type": "AWSAccount", "principalId": "AIDAUNKNOWNEXAMPLE", "accountId": account});
                    self.records.push(copy);
                    self.truth.push(None);
                }
                self.next(&hand, target, session(target, "shared", name, &key, start), Certainty::Issued);
            }
            6 => {
                let key = self.fresh("ASIA");
                let response = json!({"credentials": {"accessKeyId": key}});
                self.push(truth, |now| call(now, by, "sts", "GetSessionToken", Value::Null, response));
                let identity = with_start(user(account, "whoever"), &key, self.now);
                self.next(&hand, account, identity, Certainty::Issued);
            }
            7 => {
                let (id, profile) = (self.own("i-0abc"), self.own("profile"));
                let response = json!({"instancesSet": {"items": [{"instanceId": id, "instanceType": "g4dn.xlarge"}]}});
                self.push(truth, |now| call(now, by, "ec2", "RunInstances", json!({"iamInstanceProfile": {"name": profile}}), response));
                let (start, key) = (self.now, self.fresh("ASIA"));
                let mut next = hand.clone();
                next.depth += 1;
                self.next(&next, account, session(account, "shared", &id, &key, start + 1), Certainty::Created);
            }
            8 => {
                let (name, key) = (self.own("function"), self.fresh("ASIA"));
                let response = json!({"role": format!("arn:aws:iam::{account}:role/shared"), "functionName": name});
                self.push(truth, |now| call(now, by, "lambda", "CreateFunction20150331", json!({"functionName": name}), response));
                let mut next = hand.clone();
                next.depth += 1;
                let start = self.now;
                self.next(&next, account, session(account, "shared", &name, &key, start + 1), Certainty::Created);
            }
            9 => {
                let Some(owner) = self.hands.iter().find(|other| other.user.is_some() && other.account == account).cloned() else { return };
                let name = owner.user.clone().unwrap();
                self.push(truth, |now| call(now, by, "iam", "CreateLoginProfile", json!({"userName": name}), Value::Null));
                let certainty = Certainty::Created.min(owner.certainty.max(hand.certainty));
                let start = self.push(Some(certainty), |now| sign_in(now, owner.identity.clone(), true));
                let identity = with_start(owner.identity.clone(), &self.fresh("ASIA"), start + 1);
                self.hands.push(Hand { certainty, identity, since: start + 1, user: None, ..owner });
            }
            10 => {
                // A user who was there before.
                let name = format!("clerk-{}", self.random.usize(0..40));
                let key = self.fresh("AKIA");
                self.push(truth, |now| create_key(now, by, &name, &key));
                self.next(&hand, account, with_key(user(account, &name), &key), Certainty::Issued);
            }
            11 => {
                let name = format!("clerk-{}", self.random.usize(0..40));
                let request = json!({"userName": name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
                self.push(truth, |now| call(now, by, "iam", "AttachUserPolicy", request, Value::Null));
            }
            12 => {
                // Into an instance that was there before.
                let id = format!("i-0clerk{}", self.random.usize(0..10));
                let request = json!({"instanceId": id});
                self.push(truth, |now| call(now, by, "ec2-instance-connect", "SendSSHPublicKey", request, Value::Null));
                let (start, key) = (self.now, self.fresh("ASIA"));
                self.next(&hand, account, session(account, "shared", &id, &key, start - 60), Certainty::Inferred);
            }
            13 => {
                // A long answer is left out of the record: the session is known by its name and its second.
                let (name, key) = (self.own("batch"), self.fresh("ASIA"));
                let start = self.push(truth, |now| {
                    let mut record = assume_role(now, by, account, "shared", &name, &key);
                    record["responseElements"] = json!({"omitted": true});
                    record
                });
                self.next(&hand, account, session(account, "shared", &name, &key, start), Certainty::Created);
            }
            _ => self.lose_user(&hand),
        }
    }

    fn make_user(&mut self, hand: &Hand) {
        let name = if self.random.bool() { (*self.random.choice(&NAMES).unwrap()).to_owned() } else { self.own("svc") };
        let taken = self.hands.iter().any(|other| other.user.as_ref() == Some(&name) && other.account == hand.account);
        if taken {
            return;
        }
        let id = self.fresh("AIDA");
        let by = hand.identity.clone();
        // The name is free: whoever bore it is gone.
        self.push(None, |now| {
            call(now, user(hand.account, "an_administrator"), "iam", "DeleteUser", json!({"userName": name}), Value::Null)
        });
        self.push(Some(hand.certainty), |now| create_user(now, by, &name, &id));
        let identity = with_id(user(hand.account, &name), &id);
        self.next(hand, hand.account, identity, Certainty::Created);
        self.hands.last_mut().unwrap().user = Some(name);
    }

    /// A user of the attacker is deleted, and somebody innocent makes one of that name.
    fn lose_user(&mut self, hand: &Hand) {
        let Some(place) = self.hands.iter().position(|other| other.user.is_some() && other.account == hand.account) else { return };
        let (account, name) = (hand.account, self.hands[place].user.clone().unwrap());
        let admin = || user(account, "an_administrator");
        let id = self.fresh("AIDA");
        self.push(None, |now| call(now, admin(), "iam", "DeleteUser", json!({"userName": name}), Value::Null));
        // With its user the keys and sessions go.
        let arn = self.hands[place].identity["arn"].clone();
        self.hands.retain(|other| other.identity["arn"] != arn);
        self.push(None, |now| create_user(now, admin(), &name, &id));
        let key = self.fresh("AKIA");
        self.push(None, |now| create_key(now, admin(), &name, &key));
        for _ in 0..3 {
            let plain = user(account, &name);
            let identity = if self.random.bool() { with_key(with_id(plain, &id), &key) } else { plain };
            self.push(None, |now| use_of(now, identity));
        }
    }

    /// Hands are used, the root of the account among them.
    fn use_hands(&mut self) {
        for hand in self.hands.clone() {
            if self.random.u8(0..3) == 0 && hand.since <= self.now {
                self.push(Some(hand.certainty), |now| use_of(now, hand.identity));
            }
        }
    }

    /// Somebody innocent does what innocents do.
    fn noise(&mut self) {
        let account = *self.random.choice(&ACCOUNTS).unwrap();
        let number = self.random.usize(0..INNOCENTS);
        let key = format!("AKIAINNOCENT{number:04}EXAMPLE");
        let name = match number % 4 {
            // Of the names that the attacker uses, in accounts of their own.
            0 => (*self.random.choice(&NAMES).unwrap()).to_owned(),
            _ => format!("worker-{number}"),
        };
        let elsewhere = "999988887777";
        let account = if number.is_multiple_of(4) { elsewhere } else { account };
        let by = with_key(user(account, &name), &key);
        match self.random.u8(0..8) {
            0 => {
                let asia = self.fresh("ASIA");
                // Names of the attacker's sessions, instances and functions among them.
                let theirs = self.hands.iter().map(|hand| hand.identity["arn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
                let names: Vec<String> = theirs.chain(["nightly", ":root", "root", "s-1"].map(str::to_owned)).collect();
                let session_name = self.random.choice(&names).unwrap().clone();
                let start = self.push(None, |now| assume_role(now, by, account, "shared", &session_name, &asia));
                self.push(None, |now| use_of(now, session(account, "shared", &session_name, &asia, start)));
            }
            1 => {
                // In the very second of the attacker's last record.
                let asia = self.fresh("ASIA");
                let now = self.now;
                self.records.push(assume_role(now, by, account, "shared", "s-1", &asia));
                self.records.push(use_of(now, session(account, "shared", "s-1", &asia, now)));
                self.truth.extend([None, None]);
            }
            2 => {
                self.push(None, |now| denied(create_key(now, by, "deploy", "AKIANEVEREXAMPLE")));
            }
            3 => {
                let made = self.own("colleague");
                self.push(None, |now| create_user(now, by, &made, "AIDACOLLEAGUEEXAMPLE"));
            }
            _ => {
                self.push(None, |now| use_of(now, by));
            }
        }
    }

    /// Instances that were there before work on.
    fn machines(&mut self) {
        let account = *self.random.choice(&ACCOUNTS).unwrap();
        let id = format!("i-0clerk{}", self.random.usize(0..10));
        let entered = self.records.iter().zip(&self.truth).any(|(record, truth)| {
            truth.is_some() && record["recipientAccountId"] == account && record["requestParameters"]["instanceId"] == id.as_str()
        });
        let (truth, start) = (entered.then_some(Certainty::Inferred), self.now - 100);
        self.push(truth, |now| use_of(now, session(account, "shared", &id, "ASIAMACHINEEXAMPLE", start)));
    }

    /// Existing users that the attacker may alter act all the time, with keys of their own.
    fn clerks(&mut self) {
        let account = *self.random.choice(&ACCOUNTS).unwrap();
        let name = format!("clerk-{}", self.random.usize(0..40));
        let is_altered = |record: &Value| {
            record["recipientAccountId"] == account
                && record["requestParameters"]["userName"] == name.as_str()
                && matches!(record["eventName"].as_str(), Some("AttachUserPolicy" | "CreateAccessKey"))
        };
        let altered = self.records.iter().zip(&self.truth).filter(|(record, _)| is_altered(record)).filter_map(|(_, truth)| *truth);
        let truth = altered.max().map(|truth| truth.min(Certainty::Changed));
        self.push(truth, |now| use_of(now, with_key(user(account, &name), "AKIACLERKEXAMPLE")));
    }

    fn play(seed: u64) -> Self {
        let mut world = Self::new(seed);
        for _ in 0..60 {
            world.act();
            world.use_hands();
            for _ in 0..24 {
                world.noise();
            }
            for _ in 0..4 {
                world.clerks();
                world.machines();
            }
        }
        world
    }
}

/// As writers of JSON may spell it.
fn spelled(records: &[Value], seed: u64) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let texts = texts(records).into_iter().map(|text| if random.bool() { text.replace('/', "\\/").replace('=', "\\u003d") } else { text });
    texts.collect()
}

#[derive(Default)]
struct Figures {
    found: [usize; 4],
    there: [usize; 4],
    wronged: [usize; 4],
    told: [usize; 4],
}

#[test]
fn takeovers_are_found_whole_and_nobody_is_wronged() {
    let mut figures = Figures::default();
    let mut deepest = 0;
    for seed in 0..12 {
        let world = World::play(seed);
        let lineage = trace_in(Start::Root, Span::default(), &spelled(&world.records, seed), seed);
        lineage.check();
        deepest = deepest.max(lineage.traced.iter().map(|traced| traced.depth).max().unwrap_or(0));
        let strong = |certainty: Option<Certainty>| certainty.filter(|certainty| *certainty >= Certainty::Created);
        let mut told: Vec<Option<Certainty>> = vec![None; world.records.len()];
        for traced in &lineage.traced {
            told[traced.handle as usize] = Some(traced.certainty);
        }
        for (number, (told, truth)) in told.iter().zip(&world.truth).enumerate() {
            let record = &world.records[number];
            if let Some(truth) = truth {
                figures.there[truth.level()] += 1;
                figures.found[truth.level()] += usize::from(told.is_some());
            }
            if let Some(told) = told {
                figures.told[told.level()] += 1;
                figures.wronged[told.level()] += usize::from(truth.is_none());
            }
            assert!(strong(*truth).is_none() || *told >= *truth, "missed, seed {seed}: {told:?} for {truth:?} {record}");
            assert!(strong(*told).is_none() || strong(*truth).is_some(), "wronged, seed {seed}: {told:?} for {truth:?} {record}");
        }
    }
    for certainty in Certainty::ALL {
        let at = certainty.level();
        #[allow(clippy::print_stderr)]
        {
            eprintln!(
                "{}: recall {} of {}, precision {} of {}",
                certainty.name(),
                figures.found[at],
                figures.there[at],
                figures.told[at] - figures.wronged[at],
                figures.told[at]
            );
        }
    }
    assert!(deepest >= DEEPEST, "stories are deep: {deepest}");
    assert!(figures.there[0] > 1000 && figures.there[1] > 200, "there is something to find");
}
