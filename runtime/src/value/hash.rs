//! Hashes that agree with `==`: the stable one scripts see, and a faster, randomly seeded one for tables.
//!
//! A number hashes by its value modulo 2^61 - 1, so that `2`, `2.0` and `2.00d` are alike. The digest of a map or set is made of the
//! sum of what it holds, so that the order in which it came does not show and none has to be made. Like every walk, this one needs
//! little stack.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

use foldhash::fast::RandomState;
use num_traits::Signed;
use siphasher::sip::SipHasher13;

use super::map::MapIter;
use super::number::{Canonical, Number};
use super::order::{Unorderable, check_orderable};
use super::set::SetIter;
use super::watch::{Stack, Walk};
use super::{Kind, Value, VectorIter};

/// Levels that are hashed by recursion.
const DEPTH: u32 = 24;

/// Collections that are opened by recursion before the explicit stack takes over.
const BUDGET: u32 = 4096;

/// Random, once per process: nobody outside can choose keys that collide.
static SEED: OnceLock<Seed> = OnceLock::new();

struct Seed {
    numbers: [u64; 2],
    state: RandomState,
}

#[inline]
fn seed() -> &'static Seed {
    SEED.get_or_init(|| {
        let state = RandomState::default();
        Seed { numbers: [state.hash_one(1), state.hash_one(2) | 1], state }
    })
}

impl Seed {
    /// The hash of an Int that fits 64 bits.
    #[inline(always)]
    fn int(&self, n: i64) -> u64 {
        let [mask, factor] = self.numbers;
        multiplied(n as u64 ^ mask, factor)
    }
}

impl Value {
    /// The language's `hash`: the same number on every machine and in every run. O(size).
    pub fn stable_hash(&self) -> Result<u64, Unorderable> {
        check_orderable(self)?;
        Ok(digest::<Stable>(self))
    }
}

/// The stable hash of a text, equal to that of the Str.
pub fn stable_hash_str(text: &str) -> u64 {
    hash_bytes::<Stable>(text)
}

/// The hash that tables use; differs from process to process.
#[inline]
pub(super) fn table_hash(key: &Value) -> u32 {
    simple_hash(key).unwrap_or_else(|| other_hash(key))
}

/// The same of an Int or a short string, once the seed is known.
#[inline(always)]
pub(super) fn simple_hash(key: &Value) -> Option<u32> {
    let seed = SEED.get()?;
    if let Some(n) = key.as_int() {
        return Some(folded(seed.int(n)));
    }
    // The sixteen bytes tell it from every other.
    let [low, high] = key.short_words()?;
    let [mask, factor] = seed.numbers;
    Some(folded(multiplied(low ^ mask, high ^ factor)))
}

#[inline(never)]
fn other_hash(key: &Value) -> u32 {
    seed();
    simple_hash(key).unwrap_or_else(|| {
        folded(match key.as_str() {
            Some(text) => hash_bytes::<Seeded>(text),
            None => digest::<Seeded>(key),
        })
    })
}

#[inline(always)]
fn folded(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

/// Both halves of a product in one.
#[inline(always)]
fn multiplied(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// Where a family of digests gets its hashers from.
trait Family {
    type Hasher: Hasher;
    fn hasher() -> Self::Hasher;
    fn number(number: Number<'_>) -> u64;
}

struct Stable;

impl Family for Stable {
    type Hasher = SipHasher13;

    fn hasher() -> SipHasher13 {
        SipHasher13::new_with_keys(0, 0)
    }

    /// What SplitMix64 gives first from this seed: different numbers below the prime have different hashes.
    #[inline]
    fn number(number: Number<'_>) -> u64 {
        mixed(number.residue().wrapping_add(0x9e37_79b9_7f4a_7c15))
    }
}

struct Seeded;

impl Family for Seeded {
    type Hasher = <RandomState as BuildHasher>::Hasher;

    #[inline]
    fn hasher() -> Self::Hasher {
        seed().state.build_hasher()
    }

    #[inline]
    fn number(number: Number<'_>) -> u64 {
        match number {
            Number::Int(n) => seed().int(n),
            number => hash_canonical(number.canonical()),
        }
    }
}

/// The hash in tables of any other number.
fn hash_canonical(number: Canonical<'_>) -> u64 {
    let mut hasher = Seeded::hasher();
    match number {
        Canonical::Int(n) => return seed().int(n),
        Canonical::Big(n) => {
            hasher.write_u8(u8::from(n.is_negative()));
            n.iter_u64_digits().for_each(|digit| hasher.write_u64(digit));
        }
        Canonical::Decimal { mantissa, scale } => {
            hasher.write_u128(mantissa as u128);
            hasher.write_u32(scale);
        }
        Canonical::Float(x) => hasher.write_u64(x.to_bits()),
    }
    hasher.finish()
}

#[inline]
fn hash_bytes<F: Family>(text: &str) -> u64 {
    let mut hasher = F::hasher();
    hasher.write(text.as_bytes());
    hasher.write_u8(0xff);
    hasher.finish()
}

fn hash_tagged<F: Family>(tag: u8, words: &[u64]) -> u64 {
    let mut hasher = F::hasher();
    hasher.write_u8(tag);
    for word in words {
        hasher.write_u64(word.to_le());
    }
    hasher.finish()
}

fn digest<F: Family>(value: &Value) -> u64 {
    match open::<F>(value) {
        Opened::Done(digest) => digest,
        Opened::Inside(inside) => {
            let mut budget = BUDGET;
            let mut walk = Walk::default();
            shallow(inside, DEPTH, &mut budget, &mut walk).unwrap_or_else(|end| match end {
                End::Stopped => 0,
                End::TooMuch => deep::<F>(value, &mut walk),
            })
        }
    }
}

/// Why a walk by recursion ended before its end.
enum End {
    Stopped,
    TooMuch,
}

fn shallow<F: Family>(
    mut inside: Inside<'_, F>,
    depth: u32,
    budget: &mut u32,
    walk: &mut Walk,
) -> Result<u64, End> {
    if depth == 0 || *budget == 0 {
        return Err(End::TooMuch);
    }
    *budget -= 1;
    let mut one = |value| {
        if !walk.step() {
            return Err(End::Stopped);
        }
        match open::<F>(value) {
            Opened::Done(digest) => Ok(digest),
            Opened::Inside(inside) => shallow(inside, depth - 1, budget, walk),
        }
    };
    if let Rest::Bindings(both) = &mut inside.rest {
        for (key, value) in &mut both.0 {
            inside.sum = inside.sum.wrapping_add(bound(one(key)?, one(value)?));
            inside.count += 2;
        }
    }
    while let Some(value) = inside.rest.next() {
        inside.add(one(value)?);
    }
    Ok(inside.finish())
}

/// Hashes with an explicit stack; a collection that is held more than once is hashed once.
fn deep<F: Family>(value: &Value, walk: &mut Walk) -> u64 {
    let mut known: HashMap<usize, u64> = HashMap::new();
    let mut stack: Stack<(Inside<'_, F>, Option<usize>)> = Stack::new();
    let mut current = Some(value);
    loop {
        if !walk.step() {
            return 0;
        }
        let ready = match current {
            Some(value) => {
                let shared = if value.is_shared() { value.address() } else { None };
                match shared.and_then(|address| known.get(&address)) {
                    Some(digest) => Some(*digest),
                    None => match open::<F>(value) {
                        Opened::Done(digest) => Some(digest),
                        Opened::Inside(inside) => {
                            if !stack.push((inside, shared)) {
                                return 0;
                            }
                            None
                        }
                    },
                }
            }
            // The innermost collection is at its end.
            None => stack.pop().map(|(inside, shared)| {
                let digest = inside.finish();
                known.extend(shared.map(|address| (address, digest)));
                digest
            }),
        };
        if let Some(digest) = ready {
            match stack.last_mut() {
                None => return digest,
                Some((outer, _)) => outer.add(digest),
            }
        }
        current = stack.last_mut().and_then(|(inside, _)| inside.rest.next());
    }
}

enum Opened<'a, F: Family> {
    Done(u64),
    Inside(Inside<'a, F>),
}

/// A collection half hashed.
struct Inside<'a, F: Family> {
    hasher: F::Hasher,
    count: u64,
    /// Of a map or set: the digests so far.
    sum: u64,
    /// Of a map: that of the key whose value comes next.
    key: u64,
    rest: Rest<'a>,
}

impl<'a, F: Family> Inside<'a, F> {
    fn new(tag: u8, rest: Rest<'a>) -> Self {
        let mut hasher = F::hasher();
        hasher.write_u8(tag);
        Inside { hasher, count: 0, sum: 0, key: 0, rest }
    }

    #[inline]
    fn add(&mut self, digest: u64) {
        match &self.rest {
            Rest::Items(_) | Rest::Slice(_) => self.hasher.write_u64(digest.to_le()),
            Rest::Elements(_) => self.sum = self.sum.wrapping_add(mixed(digest)),
            // Keys and values take turns.
            Rest::Bindings(_) if self.count.is_multiple_of(2) => self.key = digest,
            Rest::Bindings(_) => self.sum = self.sum.wrapping_add(bound(self.key, digest)),
        }
        self.count += 1;
    }

    fn finish(mut self) -> u64 {
        if matches!(self.rest, Rest::Elements(_) | Rest::Bindings(_)) {
            self.hasher.write_u64(self.sum.to_le());
        }
        self.hasher.write_u64(self.count.to_le());
        self.hasher.finish()
    }
}

/// The digest of a binding, of those of its key and value.
#[inline]
fn bound(key: u64, value: u64) -> u64 {
    mixed(mixed(key).wrapping_add(value))
}

/// A number of which every bit depends on every bit of another: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
#[inline]
const fn mixed(mut digest: u64) -> u64 {
    digest = (digest ^ (digest >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    digest = (digest ^ (digest >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    digest ^ (digest >> 31)
}

enum Rest<'a> {
    Items(VectorIter<'a>),
    Elements(Box<SetIter<'a>>),
    Bindings(Box<(MapIter<'a>, Option<&'a Value>)>),
    Slice(std::slice::Iter<'a, Value>),
}

impl<'a> Rest<'a> {
    #[inline]
    fn next(&mut self) -> Option<&'a Value> {
        match self {
            Rest::Items(items) => items.next(),
            Rest::Elements(elements) => elements.next(),
            Rest::Slice(items) => items.next(),
            Rest::Bindings(both) => both.1.take().or_else(|| {
                let (key, value) = both.0.next()?;
                both.1 = Some(value);
                Some(key)
            }),
        }
    }
}

#[inline]
fn open<F: Family>(value: &Value) -> Opened<'_, F> {
    match value.as_int() {
        Some(n) => Opened::Done(F::number(Number::Int(n))),
        None => open_other(value),
    }
}

fn open_other<F: Family>(value: &Value) -> Opened<'_, F> {
    use Opened::{Done, Inside as Open};
    let nothing = Done(0);
    match value.kind() {
        Kind::Int | Kind::Float | Kind::Decimal => Done(Number::of(value).map_or(0, F::number)),
        Kind::Str => Done(hash_bytes::<F>(value.as_str().unwrap_or(""))),
        Kind::Null => Done(hash_tagged::<F>(b'n', &[])),
        Kind::Bool => Done(hash_tagged::<F>(b'b', &[u64::from(value.as_bool() == Some(true))])),
        Kind::Range => value.as_range().map_or(nothing, |range| {
            let end = range.end.map_or([0, 0], |end| [1 + u64::from(range.inclusive), end as u64]);
            Done(hash_tagged::<F>(b'r', &[range.start as u64, end[0], end[1]]))
        }),
        Kind::Vec => {
            value.as_vec().map_or(nothing, |v| Open(Inside::new(b'v', Rest::Items(v.iter()))))
        }
        Kind::Set => value.as_set().map_or(nothing, |s| {
            Open(Inside::new(b's', Rest::Elements(Box::new(s.iter_unordered()))))
        }),
        Kind::Map => value.as_map().map_or(nothing, |m| {
            Open(Inside::new(b'm', Rest::Bindings(Box::new((m.iter_unordered(), None)))))
        }),
        Kind::Error => value.as_error().map_or(nothing, |e| {
            Open(Inside::new(b'e', Rest::Bindings(Box::new((e.fields.iter_unordered(), None)))))
        }),
        Kind::Fn => match value.as_fn() {
            Some(f) => Open(Inside::new(b'f', Rest::Slice(f.captured().iter()))),
            None => Done(hash_tagged::<F>(b'f', &[])),
        },
        Kind::Seq | Kind::Iter => Done(hash_tagged::<F>(b'q', &[])),
        // Objects may be equal in ways that only they know.
        Kind::Object => Done(hash_tagged::<F>(b'o', &[])),
        Kind::Undefined => nothing,
    }
}
