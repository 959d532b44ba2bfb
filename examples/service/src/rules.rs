//! The rules and the latest decisions.
//!
//! Invariant: a rule is there only once it has compiled. Whoever has one keeps it as it is; replacing a rule is putting another `Arc` in
//! its place, which waits for nobody.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tansy::{Program, Value};

/// A version of a rule.
#[derive(Debug)]
pub struct Rule {
    /// The program.
    pub program: Program,
    /// The first is 1.
    pub version: i64,
}

/// What is needed to see why a decision came out as it did. Neither is a copy: versions and inputs are shared.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The version that decided.
    pub rule: Arc<Rule>,
    /// What it saw.
    pub input: Value,
}

/// All rules by name, and the decisions of late.
#[derive(Default)]
pub struct Rules {
    rules: RwLock<HashMap<String, Arc<Rule>>>,
    decisions: Mutex<Decisions>,
}

#[derive(Default)]
struct Decisions {
    /// The number of the next one, less one.
    count: i64,
    kept: VecDeque<Decision>,
}

/// No more rules than this.
const MOST_RULES: usize = 1000;

/// So many decisions can be explained.
const KEPT: usize = 100;

/// Whether a rule may be named so.
pub fn is_name(name: &str) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(good)
}

impl Rules {
    /// The newest version of a rule.
    pub fn get(&self, name: &str) -> Option<Arc<Rule>> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Puts a program in the place of a rule, and gives its version; `None` if there are too many rules.
    pub fn replace(&self, name: &str, program: Program) -> Option<i64> {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let before = rules.get(name);
        if before.is_none() && rules.len() >= MOST_RULES {
            return None;
        }
        let version = before.map_or(0, |rule| rule.version) + 1;
        rules.insert(name.to_owned(), Arc::new(Rule { program, version }));
        Some(version)
    }

    /// Keeps a decision, and gives its number.
    pub fn decided(&self, decision: Decision) -> i64 {
        let mut decisions = self.decisions();
        if decisions.kept.len() == KEPT {
            decisions.kept.pop_front();
        }
        decisions.kept.push_back(decision);
        decisions.count += 1;
        decisions.count
    }

    /// A decision by its number, if it is still kept.
    pub fn decision(&self, number: i64) -> Option<Decision> {
        let decisions = self.decisions();
        let first = decisions.count - decisions.kept.len() as i64 + 1;
        let place = usize::try_from(number.checked_sub(first)?).ok()?;
        decisions.kept.get(place).cloned()
    }

    fn decisions(&self) -> MutexGuard<'_, Decisions> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
