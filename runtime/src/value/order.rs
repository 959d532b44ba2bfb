//! The order of values, and the walk over two values side by side that order and equality share.
//!
//! `null < false < true < numbers < strings < vectors < ranges < sets < maps < errors`; vectors and sets by their elements, maps by
//! their bindings in key order, errors by their fields. NaN is the greatest number. Internally the order is total over every value
//! (functions and sequences after all others, by address), so that nothing can go wrong with a key; scripts are refused
//! where it would not be the same on the next run.
//!
//! No walk recurses deeper than [`DEPTH`]: beyond, or when it takes long, an explicit stack takes over, which also remembers
//! shared pairs that it has seen, so that self-similar data does not take exponential time.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;

use super::map::MapIter;
use super::number::{self, Number};
use super::set::SetIter;
use super::watch::{Stack, Walk};
use super::{Kind, Value, VectorIter};
use crate::host::Object;

/// Levels that are walked by recursion.
const DEPTH: u32 = 24;

/// Collections that are opened by recursion before the explicit stack takes over.
const BUDGET: u32 = 4096;

/// A value that has no place in the order: it is, or contains, a function, a lazy sequence or the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unorderable {
    /// The name of its kind: `Fn`, `Seq`.
    pub what: &'static str,
}

impl fmt::Display for Unorderable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} has no order", self.what)
    }
}

impl std::error::Error for Unorderable {}

impl Value {
    /// The language's `cmp`: total over orderable values. O(size), or O(1) for one version.
    pub fn compare(&self, other: &Value) -> Result<Ordering, Unorderable> {
        if !(plain(self.kind()) && plain(other.kind())) {
            check_orderable(self)?;
            check_orderable(other)?;
        }
        Ok(total(self, other))
    }

    /// The order behind `<`: numbers, strings, and vectors of them. Mixed kinds are refused.
    pub fn less(&self, other: &Value) -> Result<Ordering, Unorderable> {
        let (a, b) = (self.kind(), other.kind());
        if (a.is_number() && b.is_number()) || (a == Kind::Str && b == Kind::Str) {
            return Ok(total(self, other));
        }
        less_vectors(self, other)
    }
}

/// `<` on vectors: the first elements that differ decide, and must be of kinds that `<` orders.
fn less_vectors(a: &Value, b: &Value) -> Result<Ordering, Unorderable> {
    let mut stack: Stack<(VectorIter<'_>, VectorIter<'_>)> = Stack::new();
    let mut seen = Seen::default();
    let mut pair = Some((a, b));
    let mut walk = Walk::default();
    loop {
        if !walk.step() {
            return Ok(Ordering::Less);
        }
        if let Some((a, b)) = pair.take() {
            let (left, right) = (a.kind(), b.kind());
            if (left.is_number() && right.is_number()) || (left == Kind::Str && right == Kind::Str)
            {
                match total(a, b) {
                    Ordering::Equal => {}
                    order => return Ok(order),
                }
            } else if let (Some(x), Some(y)) = (a.as_vec(), b.as_vec()) {
                if !seen.before(a, b) && !stack.push((x.iter(), y.iter())) {
                    return Ok(Ordering::Less);
                }
            } else {
                // Of `1 < "a"` and `1 < [1]` the right side is what does not fit.
                return Err(Unorderable {
                    what: if left.is_number() || left == Kind::Str {
                        right.name()
                    } else {
                        left.name()
                    },
                });
            }
        }
        let Some((x, y)) = stack.last_mut() else { return Ok(Ordering::Equal) };
        match (x.next(), y.next()) {
            (Some(x), Some(y)) => pair = Some((x, y)),
            (None, None) => drop(stack.pop()),
            (x, y) => return Ok(x.is_some().cmp(&y.is_some())),
        }
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Value) -> Ordering {
        total(self, other)
    }
}

/// The order of all values; agrees with `==`.
#[inline]
pub(super) fn total(a: &Value, b: &Value) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return a.cmp(&b);
    }
    if a.is_short() && b.is_short() {
        return a.short_order().cmp(&b.short_order());
    }
    walk::<Order>(a, b)
}

/// Of two equal keys: whether `new` is the form to keep. Int before Decimal before Float, `0.0` before `-0.0`, fewer decimal
/// places before more; in collections the first difference in form decides.
#[inline]
pub(super) fn better_form(new: &Value, kept: &Value) -> bool {
    !new.same_bits(kept) && walk::<Exact>(new, kept) == Ordering::Less
}

/// Whether a kind is orderable whatever is inside.
fn plain(kind: Kind) -> bool {
    use Kind::*;
    matches!(kind, Null | Bool | Int | Float | Decimal | Str | Range)
}

/// Refuses a value with something unorderable anywhere inside. O(size) for collections, O(1) otherwise.
#[inline]
pub(super) fn check_orderable(value: &Value) -> Result<(), Unorderable> {
    if plain(value.kind()) { Ok(()) } else { check_inside(value) }
}

#[cold]
fn check_inside(value: &Value) -> Result<(), Unorderable> {
    enum Rest<'a> {
        Items(VectorIter<'a>),
        Bindings(MapIter<'a>),
    }
    let mut seen = HashSet::new();
    let mut stack = Stack::new();
    let mut current = Some(value);
    let mut walk = Walk::default();
    let worth = |value: &Value, walk: &mut Walk| !plain(value.kind()) || !walk.step();
    loop {
        if !walk.step() {
            return Ok(());
        }
        let mut inside = None;
        if let Some(value) = current.take().filter(|value| !plain(value.kind())) {
            // What is held more than once is looked at once.
            let again =
                value.is_shared() && value.address().is_some_and(|address| !seen.insert(address));
            match value.kind() {
                _ if again => {}
                Kind::Vec => inside = value.as_vec().map(|v| Rest::Items(v.iter())),
                Kind::Map => inside = value.as_map().map(|m| Rest::Bindings(m.iter_unordered())),
                Kind::Error => {
                    inside = value.as_error().map(|e| Rest::Bindings(e.fields.iter_unordered()))
                }
                // Elements were checked when they entered.
                Kind::Set => {}
                Kind::Fn => return Err(Unorderable { what: "Fn" }),
                Kind::Seq => return Err(Unorderable { what: "Seq" }),
                Kind::Iter => return Err(Unorderable { what: "Iter" }),
                Kind::Object => return Err(Unorderable { what: value.type_name() }),
                _ => return Err(Unorderable { what: "Undefined" }),
            }
        }
        if let Some(inside) = inside
            && !stack.push(inside)
        {
            return Ok(());
        }
        match stack.last_mut() {
            None => return Ok(()),
            Some(Rest::Items(items)) => current = items.find(|value| worth(value, &mut walk)),
            Some(Rest::Bindings(bindings)) => {
                current = bindings.map(|(_, value)| value).find(|value| worth(value, &mut walk));
            }
        }
        match current {
            None => drop(stack.pop()),
            // The run must end.
            Some(value) if plain(value.kind()) => return Ok(()),
            Some(_) => {}
        }
    }
}

/// What a walk over two values is after.
pub(super) trait Mode {
    /// Whether collections of different lengths are told apart by that alone.
    const LENGTHS_DECIDE: bool;
    /// Compares two numbers.
    fn numbers(a: &Value, b: &Value) -> Ordering;
}

/// The language's order.
struct Order;

impl Mode for Order {
    const LENGTHS_DECIDE: bool = false;

    fn numbers(a: &Value, b: &Value) -> Ordering {
        match (Number::of(a), Number::of(b)) {
            (Some(a), Some(b)) => number::compare(a, b),
            _ => Ordering::Equal,
        }
    }
}

/// Equality: only whether the result is `Equal` counts.
pub(super) struct Equality;

impl Mode for Equality {
    const LENGTHS_DECIDE: bool = true;

    fn numbers(a: &Value, b: &Value) -> Ordering {
        Order::numbers(a, b)
    }
}

/// The order refined by form: `Equal` means that nobody could tell one from the other by printing.
pub(super) struct Exact;

impl Mode for Exact {
    const LENGTHS_DECIDE: bool = false;

    fn numbers(a: &Value, b: &Value) -> Ordering {
        match (Number::of(a), Number::of(b)) {
            (Some(a), Some(b)) => number::compare(a, b).then_with(|| a.form().cmp(&b.form())),
            _ => Ordering::Equal,
        }
    }
}

/// Compares two values; the first difference in depth-first order decides. Should the run have to stop, anything may come out.
#[inline(never)]
pub(super) fn walk<M: Mode>(a: &Value, b: &Value) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return a.cmp(b);
    }
    match open::<M>(a, b) {
        Opened::Decided(order) => order,
        Opened::Inside(inside) => {
            let mut budget = BUDGET;
            let mut walk = Walk::default();
            shallow::<M>(inside, DEPTH, &mut budget, &mut walk)
                .unwrap_or_else(|TooMuch| deep::<M>(a, b, &mut walk))
        }
    }
}

struct TooMuch;

/// Walks by recursion, as long as it stays cheap.
fn shallow<M: Mode>(
    mut inside: Inside<'_>,
    depth: u32,
    budget: &mut u32,
    walk: &mut Walk,
) -> Result<Ordering, TooMuch> {
    if depth == 0 || *budget == 0 {
        return Err(TooMuch);
    }
    *budget -= 1;
    loop {
        if !walk.step() {
            return Ok(Ordering::Less);
        }
        let order = match inside.step() {
            Step::End(order) => return Ok(order),
            Step::Pair(a, b) => match open::<M>(a, b) {
                Opened::Decided(order) => order,
                Opened::Inside(inside) => shallow::<M>(inside, depth - 1, budget, walk)?,
            },
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
}

/// Walks with an explicit stack. A pair that was met before and did not end the walk was equal.
fn deep<M: Mode>(a: &Value, b: &Value, walk: &mut Walk) -> Ordering {
    let mut stack = Stack::new();
    let mut seen = Seen::default();
    let mut pair = Some((a, b));
    loop {
        if !walk.step() {
            return Ordering::Less;
        }
        if let Some((a, b)) = pair.take() {
            match open::<M>(a, b) {
                Opened::Decided(Ordering::Equal) => {}
                Opened::Decided(order) => return order,
                Opened::Inside(_) if seen.before(a, b) => {}
                Opened::Inside(inside) => {
                    if !stack.push(inside) {
                        return Ordering::Less;
                    }
                }
            }
        }
        match stack.last_mut().map(Inside::step) {
            None => return Ordering::Equal,
            Some(Step::Pair(a, b)) => pair = Some((a, b)),
            Some(Step::End(Ordering::Equal)) => drop(stack.pop()),
            Some(Step::End(order)) => return order,
        }
    }
}

/// Pairs of shared values that a walk has met.
#[derive(Default)]
struct Seen(HashSet<(usize, usize)>);

impl Seen {
    /// Whether the pair was met before. What is held once can be met only once.
    fn before(&mut self, a: &Value, b: &Value) -> bool {
        match (a.address(), b.address()) {
            (Some(x), Some(y)) if a.is_shared() && b.is_shared() => !self.0.insert((x, y)),
            _ => false,
        }
    }
}

enum Opened<'a> {
    Decided(Ordering),
    Inside(Inside<'a>),
}

enum Step<'a> {
    Pair(&'a Value, &'a Value),
    End(Ordering),
}

/// Two collections of one kind, half walked.
enum Inside<'a> {
    Items(VectorIter<'a>, VectorIter<'a>),
    Slices(&'a [Value], &'a [Value]),
    Elements(Box<(SetIter<'a>, SetIter<'a>)>),
    Bindings(Box<Bindings<'a>>),
}

struct Bindings<'a> {
    a: MapIter<'a>,
    b: MapIter<'a>,
    values: Option<(&'a Value, &'a Value)>,
}

impl<'a> Inside<'a> {
    fn step(&mut self) -> Step<'a> {
        let (a, b) = match self {
            Inside::Items(a, b) => (a.next(), b.next()),
            Inside::Elements(both) => (both.0.next(), both.1.next()),
            Inside::Slices(a, b) => match (a.split_first(), b.split_first()) {
                (Some((x, more_a)), Some((y, more_b))) => {
                    (*a, *b) = (more_a, more_b);
                    (Some(x), Some(y))
                }
                (x, y) => return Step::End(x.is_some().cmp(&y.is_some())),
            },
            Inside::Bindings(both) => {
                if let Some((a, b)) = both.values.take() {
                    return Step::Pair(a, b);
                }
                match (both.a.next(), both.b.next()) {
                    (Some((ka, va)), Some((kb, vb))) => {
                        both.values = Some((va, vb));
                        (Some(ka), Some(kb))
                    }
                    (a, b) => (a.map(|(k, _)| k), b.map(|(k, _)| k)),
                }
            }
        };
        match (a, b) {
            (Some(a), Some(b)) => Step::Pair(a, b),
            (a, b) => Step::End(a.is_some().cmp(&b.is_some())),
        }
    }
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Undefined => 0,
        Kind::Null => 1,
        Kind::Bool => 2,
        Kind::Int | Kind::Decimal | Kind::Float => 3,
        Kind::Str => 4,
        Kind::Vec => 5,
        Kind::Range => 6,
        Kind::Set => 7,
        Kind::Map => 8,
        Kind::Error => 9,
        Kind::Fn => 10,
        Kind::Seq => 11,
        Kind::Iter => 12,
        Kind::Object => 13,
    }
}

/// Compares what can be compared without looking inside.
#[inline]
fn open<'a, M: Mode>(a: &'a Value, b: &'a Value) -> Opened<'a> {
    use Opened::{Decided, Inside as Open};
    if a.same_bits(b) {
        return Decided(Ordering::Equal);
    }
    let (kind, other) = (rank(a.kind()), rank(b.kind()));
    if kind != other {
        return Decided(kind.cmp(&other));
    }
    match a.kind() {
        Kind::Int | Kind::Float | Kind::Decimal => Decided(M::numbers(a, b)),
        Kind::Str => Decided(a.as_str().cmp(&b.as_str())),
        Kind::Bool => Decided(a.as_bool().cmp(&b.as_bool())),
        Kind::Range => Decided(a.as_range().cmp(&b.as_range())),
        Kind::Vec => match (a.as_vec(), b.as_vec()) {
            (Some(a), Some(b)) if M::LENGTHS_DECIDE && a.len() != b.len() => {
                Decided(a.len().cmp(&b.len()))
            }
            (Some(a), Some(b)) => Open(Inside::Items(a.iter(), b.iter())),
            _ => Decided(Ordering::Equal),
        },
        Kind::Set => match (a.as_set(), b.as_set()) {
            (Some(a), Some(b)) if M::LENGTHS_DECIDE && a.len() != b.len() => {
                Decided(a.len().cmp(&b.len()))
            }
            (Some(a), Some(b)) => Open(Inside::Elements(Box::new((a.iter(), b.iter())))),
            _ => Decided(Ordering::Equal),
        },
        Kind::Map | Kind::Error => {
            let fields = |v: &'a Value| v.as_map().or_else(|| v.as_error().map(|e| &e.fields));
            match (fields(a), fields(b)) {
                (Some(a), Some(b)) if M::LENGTHS_DECIDE && a.len() != b.len() => {
                    Decided(a.len().cmp(&b.len()))
                }
                (Some(a), Some(b)) => Open(Inside::Bindings(Box::new(Bindings {
                    a: a.iter(),
                    b: b.iter(),
                    values: None,
                }))),
                _ => Decided(Ordering::Equal),
            }
        }
        Kind::Fn => match (a.as_fn(), b.as_fn()) {
            (Some(x), Some(y)) if x.same_place(y) => {
                Open(Inside::Slices(x.captured(), y.captured()))
            }
            (Some(x), Some(y)) => Decided(x.place().cmp(&y.place())),
            (x, y) => {
                let address = |v: &Value| {
                    let native = v.as_native().map(|row| std::ptr::from_ref(row).addr());
                    native.or_else(|| v.address())
                };
                Decided(x.is_some().cmp(&y.is_some()).then(address(a).cmp(&address(b))))
            }
        },
        Kind::Object => match (a.as_object(), b.as_object()) {
            (Some(a), Some(b)) if a.equals(b) => Decided(Ordering::Equal),
            (a, b) => Decided(a.map(Object::place).cmp(&b.map(Object::place))),
        },
        Kind::Seq | Kind::Iter => Decided(a.address().cmp(&b.address())),
        Kind::Null | Kind::Undefined => Decided(Ordering::Equal),
    }
}
