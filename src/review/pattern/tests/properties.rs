//! What holds of any pattern and any record.

use super::naive::{Ask, Meaning, Step, Tree, Wanted};
use super::*;
use crate::review::pattern::syntax::{Condition, Constant, Literal, Operand, Order, Segment, Selector, Test};
use crate::review::pattern::text::Part;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;

const TOKENS: [&str; 36] = [
    "{", "}", "(", ")", "$", "$.a", ".a", "['", "']", "[*]", ".*", "[0]", "=", "!=", "<", ">=", "&&", "||", "IS", "NULL", "NOT", "EXISTS",
    "\"", "\\", "%", "x", "*", "1", "é", " ", "\n", "'", "-", "+", "[", "]",
];

const NAMES: [&str; 4] = ["a", "b", "c-d", "odd.name"];

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        select(&["", "x", "xy", "yx", "axbx", "X", "12", "-3", "1.5e1", "007", "+1", "true", "null", "*"]).prop_map(Json::from),
        select(&[0, 1, 12, -3, 15, 7]).prop_map(Json::from),
        select(&[1.5, 12.0, -3.25, 15.0]).prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((select(&NAMES), inner), 0..4)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn record() -> impl Strategy<Value = Json> {
    vec(proptest::option::weighted(0.8, json()), NAMES.len())
        .prop_map(|values| NAMES.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect())
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let expressions: [(&str, Meaning); 2] = [
        ("^x", |text| text.starts_with('x')),
        (r"^-?[0-9]+$", |text| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }),
    ];
    prop_oneof![
        select(&["", "x", "xy", "x*", "*x", "*x*x*", "*", "12", "1*", "a**x", "true", "null"]).prop_map(Wanted::Glob),
        select(&[0, 1, 12, -3, 15, 7]).prop_map(Wanted::Number),
        select(expressions.to_vec()).prop_map(|(source, meaning)| Wanted::Expression(source, meaning)),
    ]
}

/// At most three leaves have a wildcard and two an expression: more are made into other tests.
fn tree() -> impl Strategy<Value = Tree> {
    let step = prop_oneof![
        6 => select(&NAMES).prop_map(Step::Name),
        2 => (0usize..3).prop_map(Step::Place),
        1 => Just(Step::Names),
        1 => Just(Step::Places)
    ];
    let ask = prop_oneof![
        wanted().prop_map(Ask::Equal),
        wanted().prop_map(Ask::Differ),
        (select(&["<", "<=", ">", ">="]), select(&[0, 1, 12, -3, 15, 7])).prop_map(|(sign, number)| Ask::Compare(sign, number)),
        Just(Ask::Null),
        any::<bool>().prop_map(Ask::Truth),
        Just(Ask::Absent),
    ];
    let leaf = (vec(step, 1..4), ask).prop_map(|(steps, ask)| Tree::Leaf(steps, ask));
    let tree = leaf
        .prop_recursive(3, 8, 3, |inner| prop_oneof![vec(inner.clone(), 1..4).prop_map(Tree::And), vec(inner, 1..4).prop_map(Tree::Or)]);
    tree.prop_map(|mut tree| {
        limit(&mut tree, &mut 3, &mut 2);
        tree
    })
}

fn limit(tree: &mut Tree, wildcards: &mut usize, expressions: &mut usize) {
    match tree {
        Tree::And(parts) | Tree::Or(parts) => parts.iter_mut().for_each(|part| limit(part, wildcards, expressions)),
        Tree::Leaf(steps, ask) => {
            let mut here = 1;
            for step in steps {
                if matches!(step, Step::Names | Step::Places) {
                    match (here, *wildcards) {
                        (1, 1..) => (here, *wildcards) = (0, *wildcards - 1),
                        _ => *step = Step::Name("a"),
                    }
                }
            }
            if let Ask::Equal(wanted @ Wanted::Expression(..)) | Ask::Differ(wanted @ Wanted::Expression(..)) = ask {
                match *expressions {
                    0 => *wanted = Wanted::Glob("x*"),
                    _ => *expressions -= 1,
                }
            }
        }
    }
}

fn expression() -> impl Strategy<Value = Expression> {
    let segment =
        prop_oneof![".{0,4}".prop_map(Segment::Member), "[a-z_-]{1,4}".prop_map(Segment::Member), (0usize..100).prop_map(Segment::Element)];
    let text = vec(
        prop_oneof![
            3 => any::<char>().prop_map(Part::Literal),
            1 => select(&['a', '"', '\\', '*', '\n', '\t', '\r', '/']).prop_map(Part::Literal),
            1 => Just(Part::Anything)
        ],
        0..6,
    );
    let number = "[+-]?[0-9]{1,20}(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?"
        .prop_map(|text| Literal { number: number::Number::read(&text).unwrap(), text });
    let operand = prop_oneof![text.prop_map(|parts| Operand::Text(parts.into_iter().collect())), number.clone().prop_map(Operand::Number)];
    let condition = prop_oneof![
        operand.clone().prop_map(Condition::Equal),
        operand.prop_map(Condition::NotEqual),
        (select(&[Order::Less, Order::Greater, Order::LessOrEqual, Order::GreaterOrEqual]), number)
            .prop_map(|(order, literal)| Condition::Ordered(order, literal)),
        select(&[Constant::Null, Constant::True, Constant::False]).prop_map(Condition::Is),
        Just(Condition::NotExists),
    ];
    let test = (vec(segment, 1..4), condition).prop_map(|(segments, condition)| Test { selector: Selector(segments), condition });
    // In turn, as a tree is.
    let all =
        prop_oneof![test.clone().prop_map(Expression::Test), vec(test.clone().prop_map(Expression::Test), 2..4).prop_map(Expression::All)];
    let any = prop_oneof![vec(all.clone(), 2..4).prop_map(Expression::Any), all];
    (vec(any, 0..3), vec(test, 0..3)).prop_filter_map("no parts", |(groups, tests)| {
        let mut parts: Vec<Expression> = tests.into_iter().map(Expression::Test).collect();
        parts.extend(groups.into_iter().filter(|group| !matches!(group, Expression::All(_))));
        match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(Expression::All(parts)),
        }
    })
}

impl Tree {
    fn leaves<'t>(&'t self, found: &mut Vec<&'t Tree>) {
        match self {
            Self::Leaf(..) => found.push(self),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.leaves(found)),
        }
    }

    /// Whether it would hold if the leaves at these places did, by the place of each in [`Tree::leaves`].
    fn would_hold(&self, record: &Json, granted: u32, place: &mut u32) -> bool {
        match self {
            Self::Leaf(..) => {
                *place += 1;
                granted >> (*place - 1) & 1 == 1 || self.holds(record, Missing::Matches)
            }
            Self::And(parts) => !parts.iter().map(|part| part.would_hold(record, granted, place)).collect::<Vec<_>>().contains(&false),
            Self::Or(parts) => parts.iter().map(|part| part.would_hold(record, granted, place)).collect::<Vec<_>>().contains(&true),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        let _ = Pattern::parse(&text);
        let _ = Pattern::parse(&format!("{{ {text} }}"));
    }

    #[test]
    fn what_looks_like_a_pattern_is_read_or_refused(
        parts in vec(select(&TOKENS), 0..24),
    ) {
        let text = format!("{{$.a{}", parts.concat());
        match Pattern::parse(&text) {
            Ok(pattern) => prop_assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern)),
            Err(fault) => prop_assert!((1..=text.chars().count() + 1).contains(&fault.column)),
        }
    }

    #[test]
    fn canonical_text_is_the_same_pattern(expression in expression()) {
        let pattern = Pattern { expression, missing: Missing::default() };
        let text = pattern.to_string();
        prop_assert_eq!(Pattern::parse(&text), Ok(pattern), "{}", text);
    }

    #[test]
    fn a_record_matches_as_a_second_evaluator_says(tree in tree(), record in record(), odd in any::<u64>()) {
        let mut odd = odd;
        let text = tree.write(&mut || {
            odd = odd.rotate_left(1);
            odd & 1 == 1
        });
        let pattern = Pattern::parse(&format!("{{{text}}}"));
        prop_assert!(pattern.is_ok(), "{text}: {pattern:?}");
        for missing in [Missing::Matches, Missing::Fails] {
            let pattern = pattern.clone().unwrap().with_missing(missing);
            let found = ask(&record.to_string(), |value| pattern.matches(value));
            prop_assert_eq!(found, tree.holds(&record, missing), "{} {}", text, record);
        }
    }

    #[test]
    fn an_explanation_is_the_smallest_set_that_would_make_it_match(tree in tree(), record in record()) {
        let mut leaves = Vec::new();
        tree.leaves(&mut leaves);
        prop_assume!(leaves.len() <= 12);
        let explanation = ask(&record.to_string(), |value| pattern(&format!("{{{}}}", tree.write(&mut || false))).explain(value));
        let granted = (0..1u32 << leaves.len()).filter(|granted| tree.would_hold(&record, *granted, &mut 0));
        let smallest = granted.map(u32::count_ones).min();
        prop_assert_eq!(Some(explanation.misses.len() as u32), smallest);
        prop_assert_eq!(explanation.matches, explanation.misses.is_empty());
        // Each is a test of the pattern that fails.
        let failed: Vec<String> = leaves
            .iter()
            .filter(|leaf| !leaf.holds(&record, Missing::Matches))
            .map(|leaf| pattern(&format!("{{{}}}", leaf.write(&mut || false))).expression.to_string())
            .collect();
        prop_assert!(explanation.misses.iter().all(|miss| failed.contains(&miss.test)));
    }
}
