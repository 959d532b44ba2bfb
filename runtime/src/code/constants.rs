//! Constants as values.

use crate::value::{BigInt, Decimal, Map, Range, Set, Value, Vector};
use std::str::FromStr;
use tansy_lang::bytecode::{Const, Idx, Literal, Number};

const NOWHERE: u32 = u32::MAX;

/// The constants of the functions of a unit that is being loaded, as far as they are needed: a small Int may stand in its instruction.
#[derive(Default)]
pub(crate) struct Constants {
    /// Those of one function after another.
    values: Vec<Value>,
    /// Where those of the function that is being loaded begin.
    first: usize,
    /// By its number in the prototype, the place among those of a constant, or [`NOWHERE`].
    places: Vec<u32>,
}

impl Constants {
    /// Begins with a function that has so many. Where its constants will begin.
    pub(crate) fn begin(&mut self, count: usize) -> usize {
        self.first = self.values.len();
        self.places.clear();
        self.places.resize(count, NOWHERE);
        self.first
    }

    /// The place of a constant, which has one from now on.
    #[inline]
    pub(crate) fn place(&mut self, number: Idx, all: &[Const]) -> Result<Idx, String> {
        let number = usize::from(number);
        if self.places[number] == NOWHERE {
            self.places[number] = self.count() as u32;
            self.values.push(constant(&all[number])?);
        }
        // (It fits, since there are no more than numbers.)
        Ok(self.places[number] as Idx)
    }

    /// A place for a value that is none of the prototype's constants.
    pub(crate) fn add(&mut self, value: Value) -> usize {
        self.values.push(value);
        self.count() - 1
    }

    /// How many the function has so far.
    pub(crate) fn count(&self) -> usize {
        self.values.len() - self.first
    }

    /// Gives up those from a place on, to which no instruction refers.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.values.truncate(self.first + count);
    }

    /// Those of all functions.
    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }
}

/// A constant as a value. The nesting of constants is that of source text, so this may recurse.
fn constant(c: &Const) -> Result<Value, String> {
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
pub(super) fn literal(l: &Literal) -> Result<Value, String> {
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
