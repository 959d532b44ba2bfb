//! A compiled unit made ready to run: constants as values, natives resolved, operands checked.
//!
//! Invariant, on which the machine's unchecked register accesses rest: every [`Prototype`] here has passed
//! [`crate::verify`].

use crate::host::HostTable;
use crate::native::{Native, Registry};
use crate::path::PathStep;
use crate::value::{BigInt, Decimal, Kind, Map, Range, Set, Value, Vector};
use crate::verify;
use crate::vm::Instruction;
use smol_str::SmolStr;
use std::str::FromStr;
use std::sync::Arc;
use tansy_lang::ast::{Literal, Number};
use tansy_lang::bytecode::{Const, NONE, Op, TypeTest, Unit};
use tansy_lang::source::{Source, Span};

/// A unit ready to run. Shared by every run and function value of it.
#[derive(Debug)]
pub struct Code {
    /// What the compiler made; its prototypes' side tables are read from here.
    pub unit: Unit,
    /// In the unit's order.
    pub(crate) prototypes: Box<[Prototype]>,
    /// In the unit's order.
    pub(crate) natives: Box<[Callee]>,
}

/// A function or constant that is in scope without a declaration.
#[derive(Clone, Debug)]
pub(crate) enum Callee {
    Native(&'static Native),
    /// A function of the host, as a value.
    Host(Value),
    /// A constant of the host.
    Constant(Value),
}

/// A range pattern: at least this, below or up to that.
pub(crate) type Within = (Option<Value>, Option<Value>, bool);

/// What the machine reads of a function while it runs. Of a size that makes finding one by number a shift.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Prototype {
    pub(crate) code: Box<[Instruction]>,
    pub(crate) constants: Box<[Value]>,
    /// Values of range patterns, in the unit's order: start, end.
    pub(crate) bounds: Box<[Within]>,
    pub(crate) paths: Box<[Box<[PathStep]>]>,
    /// Name lists as keys.
    pub(crate) names: Box<[Box<[Value]>]>,
    /// The key order of each of these.
    pub(crate) orders: Box<[Box<[u16]>]>,
    pub(crate) types: Box<[Test]>,
    /// It, or what it calls or makes, reads the slots of its module.
    pub(crate) environment: bool,
    /// Its place among the prototypes of its unit.
    pub(crate) number: u16,
    pub(crate) registers: u16,
    pub(crate) parameters: u16,
    /// Parameters without the rest one.
    pub(crate) positional: u16,
    pub(crate) required: u16,
    pub(crate) rest: bool,
    /// The number of arguments that need no arranging; one that no call has where there is a rest parameter.
    pub(crate) exactly: u16,
    /// The same where there are no captures to place either, nor its own closure to keep.
    pub(crate) plainly: u16,
    pub(crate) captures: u16,
    /// It makes or calls functions of its own group, for which it needs its own closure.
    pub(crate) own: bool,
}

/// A type test with its literals as values.
#[derive(Debug)]
pub(crate) enum Test {
    Any,
    Kind(Kind),
    Equal(Value),
    /// An object of the type of this name.
    Object(SmolStr),
    Union(Box<[Test]>),
}

impl Test {
    fn load(test: &TypeTest) -> Result<Test, String> {
        const KINDS: [Kind; 13] = [
            Kind::Null,
            Kind::Bool,
            Kind::Int,
            Kind::Float,
            Kind::Decimal,
            Kind::Str,
            Kind::Vec,
            Kind::Map,
            Kind::Set,
            Kind::Range,
            Kind::Seq,
            Kind::Fn,
            Kind::Error,
        ];
        Ok(match test {
            TypeTest::Any => Test::Any,
            TypeTest::Named(name) => {
                let kind = KINDS.into_iter().find(|k| k.name() == name);
                kind.map_or_else(|| Test::Object(name.clone()), Test::Kind)
            }
            TypeTest::Literal(l) => Test::Equal(literal(l)?),
            TypeTest::Union(tests) => {
                Test::Union(tests.iter().map(Test::load).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Whether a value passes.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match self {
            Test::Any => true,
            Test::Kind(kind) => value.kind() == *kind,
            Test::Equal(wanted) => value == wanted,
            Test::Object(name) => value.kind() == Kind::Object && value.type_name() == name,
            Test::Union(tests) => tests.iter().any(|t| t.accepts(value)),
        }
    }
}

impl Code {
    /// Makes a unit ready. Fails, with a message, on a unit no compiler of this version makes.
    pub fn load(
        unit: Unit,
        registry: &Registry,
        host: Option<&HostTable>,
    ) -> Result<Arc<Code>, String> {
        let callee = |name: &SmolStr| {
            let host = host.and_then(|h| h.get(name)).cloned();
            let found = host.or_else(|| registry.global(name).map(Callee::Native));
            found.ok_or_else(|| format!("there is no built-in `{name}`"))
        };
        let natives = unit.natives.iter().map(callee).collect::<Result<Box<[_]>, String>>()?;
        let environments = environments(&unit);
        let mut prototypes = Vec::with_capacity(unit.prototypes.len());
        for (prototype, environment) in unit.prototypes.iter().zip(environments) {
            verify::verify(prototype, &unit)?;
            let constants: Box<[Value]> =
                prototype.constants.iter().map(constant).collect::<Result<_, _>>()?;
            let bounds = prototype
                .bounds
                .iter()
                .map(|b| {
                    let value = |l: &Option<Literal>| l.as_ref().map(literal).transpose();
                    Ok((value(&b.start)?, value(&b.end)?, b.inclusive))
                })
                .collect::<Result<_, String>>()?;
            let parameters = prototype.parameters.len() as u16;
            let paths: Box<[Box<[PathStep]>]> =
                (prototype.paths.iter()).map(|p| p.iter().map(PathStep::from).collect()).collect();
            let code = Instruction::load(prototype, &constants, &paths, &natives);
            let exactly = if prototype.rest { NONE } else { parameters };
            let own = prototype.code.iter().any(|op| {
                matches!(
                    op,
                    Op::OwnSibling { .. } | Op::CallSibling { .. } | Op::TailCallSibling { .. }
                )
            });
            prototypes.push(Prototype {
                code,
                constants,
                bounds,
                paths,
                orders: prototype.names.iter().map(|names| key_order(names)).collect(),
                names: prototype
                    .names
                    .iter()
                    .map(|names| names.iter().map(|n| Value::str(n)).collect())
                    .collect(),
                types: prototype.types.iter().map(Test::load).collect::<Result<_, _>>()?,
                environment,
                number: prototypes.len() as u16,
                registers: prototype.registers,
                parameters,
                positional: parameters - u16::from(prototype.rest),
                required: prototype.parameters.iter().filter(|p| !p.optional).count() as u16,
                rest: prototype.rest,
                exactly,
                plainly: if own || prototype.captures > 0 { NONE } else { exactly },
                captures: prototype.captures,
                own,
            });
        }
        Ok(Arc::new(Code { unit, prototypes: prototypes.into(), natives }))
    }

    /// The text it came from.
    pub fn source(&self) -> &Arc<Source> {
        &self.unit.source
    }

    /// The name of a prototype, for traces.
    pub(crate) fn name(&self, prototype: usize) -> &str {
        self.unit.prototypes.get(prototype).map_or("", |p| &p.name)
    }

    /// The place of an instruction.
    pub(crate) fn span(&self, prototype: usize, pc: usize) -> Span {
        let spans = self.unit.prototypes.get(prototype).map(|p| &p.spans[..]);
        spans.and_then(|s| s.get(pc)).copied().unwrap_or_default()
    }

    /// The number of the prototype at an address inside `prototypes`.
    pub(crate) fn index_of(&self, prototype: *const Prototype) -> usize {
        (prototype.addr() - self.prototypes.as_ptr().addr()) / size_of::<Prototype>()
    }
}

/// The places of names in key order, which for strings is the order of their bytes.
fn key_order(names: &[SmolStr]) -> Box<[u16]> {
    let mut order: Vec<u16> = (0..names.len() as u16).collect();
    order.sort_by_key(|i| names[usize::from(*i)].as_bytes());
    order.into()
}

/// Which prototypes need their module's environment: those that read or set slots, and those that call or make such.
fn environments(unit: &Unit) -> Vec<bool> {
    let mut needs = vec![false; unit.prototypes.len()];
    loop {
        let mut changed = false;
        for (i, prototype) in unit.prototypes.iter().enumerate() {
            let found = !needs[i]
                && prototype.code.iter().any(|op| match *op {
                    Op::GetSlot { .. } | Op::SetSlot { .. } => true,
                    Op::Function { prototype, .. }
                    | Op::Closure { prototype, .. }
                    | Op::Sibling { prototype, .. }
                    | Op::OwnSibling { prototype, .. }
                    | Op::CallFn { prototype, .. }
                    | Op::CallSibling { prototype, .. }
                    | Op::TailCallFn { prototype, .. }
                    | Op::TailCallSibling { prototype, .. } => {
                        needs.get(usize::from(prototype)).copied().unwrap_or(false)
                    }
                    _ => false,
                });
            if found {
                needs[i] = true;
                changed = true;
            }
        }
        if !changed {
            return needs;
        }
    }
}

/// A constant as a value. The nesting of constants is that of source text, so this may recurse.
pub(crate) fn constant(c: &Const) -> Result<Value, String> {
    Ok(match c {
        Const::Null => Value::NULL,
        Const::Bool(b) => Value::bool(*b),
        Const::Int(n) => Value::int(*n),
        Const::Big(n) => Value::big(n.clone()),
        Const::Float(x) => Value::float(*x),
        Const::Decimal(text) => decimal(text)?,
        Const::Str(text) => Value::str(text),
        Const::Vec(items) => {
            let items =
                tansy_lang::deep(|| items.iter().map(constant).collect::<Result<Vec<_>, _>>())?;
            Value::vec(Vector::from(items))
        }
        Const::Map(entries) => {
            let mut map = Map::new();
            for (k, v) in entries {
                let (k, v) = tansy_lang::deep(|| Ok::<_, String>((constant(k)?, constant(v)?)))?;
                map.insert(k, v).map_err(|_| "a constant key that is no key".to_string())?;
            }
            Value::map(map)
        }
        Const::Set(items) => {
            let mut set = Set::new();
            for item in items {
                let item = tansy_lang::deep(|| constant(item))?;
                set.insert(item).map_err(|_| "a constant element that is no key".to_string())?;
            }
            Value::set(set)
        }
        Const::Range { start, end, inclusive } => Value::range(range(*start, *end, *inclusive)),
    })
}

/// A literal of a pattern or type as a value.
pub(crate) fn literal(l: &Literal) -> Result<Value, String> {
    Ok(match l {
        Literal::Null => Value::NULL,
        Literal::Bool(b) => Value::bool(*b),
        Literal::Str(text) => Value::str(text),
        Literal::Number(Number::Int(n)) => Value::int(*n),
        Literal::Number(Number::Big(n)) => Value::big(BigInt::clone(n)),
        Literal::Number(Number::Float(x)) => Value::float(*x),
        Literal::Number(Number::Decimal(text)) => decimal(text)?,
    })
}

/// A range from optional ends; a missing start is the beginning.
pub(crate) fn range(start: Option<i64>, end: Option<i64>, inclusive: bool) -> Range {
    let start = start.unwrap_or(0);
    match end {
        Some(end) if inclusive => Range::inclusive(start, end),
        Some(end) => Range::new(start, end),
        None => Range::from(start),
    }
}

fn decimal(text: &str) -> Result<Value, String> {
    Decimal::from_str(text).map(Value::decimal).map_err(|e| format!("bad decimal {text}: {e}"))
}
