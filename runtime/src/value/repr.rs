//! The sixteen bytes of a [`Value`].
//!
//! Invariants: the tag says which field of the payload is live. A tag of at least [`HEAP`] owns one count of the block the
//! payload points to, whose body type is the one its row in `FREE` names. A string of up to [`INLINE`] bytes is always inline and
//! an integer that fits 64 bits is always inline, so equal short strings and equal small integers have equal bytes. All
//! unused bytes are zero.

mod bits;
mod carried;
mod cursor;
mod make;

pub use carried::Carried;

use std::borrow::Cow;
use std::ptr::NonNull;

use num_bigint::BigInt;
use rust_decimal::Decimal;

use super::error::ErrorBody;
use super::function::{Function, Native};
use super::heap::{self, Charge, Free, Header, Ref};
use super::iter::Iter;
use super::map::Map;
use super::range::Range;
use super::row::Plain;
use super::seq::SeqBody;
use super::set::Set;
use super::string::Text;
use super::vector::{self, Vector};
use super::{Kind, table};
use crate::host::{HostFunction, Object};

#[cfg(target_endian = "big")]
compile_error!("values are laid out for little-endian machines");

/// The longest string kept inside a value, in bytes.
pub(crate) const INLINE: usize = 14;

const UNDEFINED: u8 = 0;
const NULL: u8 = 1;
const BOOL: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 4;
const SHORT: u8 = 5;
const NATIVE: u8 = 6;
const CURSOR: u8 = 7;
/// Tags from here on own a block.
const HEAP: u8 = 8;
const BIG: u8 = 8;
const DECIMAL: u8 = 9;
const TEXT: u8 = 10;
const VEC: u8 = 11;
const MAP: u8 = 12;
const SET: u8 = 13;
const RANGE: u8 = 14;
const SEQ: u8 = 15;
const FUNCTION: u8 = 16;
const ERROR: u8 = 17;
const ITER: u8 = 18;
const HOST_FUNCTION: u8 = 19;
const OBJECT: u8 = 20;

const KINDS: [Kind; 21] = [
    Kind::Undefined,
    Kind::Null,
    Kind::Bool,
    Kind::Int,
    Kind::Float,
    Kind::Str,
    Kind::Fn,
    Kind::Undefined,
    Kind::Int,
    Kind::Decimal,
    Kind::Str,
    Kind::Vec,
    Kind::Map,
    Kind::Set,
    Kind::Range,
    Kind::Seq,
    Kind::Fn,
    Kind::Error,
    Kind::Iter,
    Kind::Fn,
    Kind::Object,
];

const FREE: [Free; 13] = [
    heap::free::<BigBody>,
    heap::free::<Decimal>,
    heap::free::<Text>,
    vector::free,
    table::free::<Value>,
    table::free::<()>,
    heap::free::<Range>,
    heap::free::<SeqBody>,
    heap::free::<Function>,
    heap::free::<ErrorBody>,
    heap::free::<Iter>,
    heap::free::<HostFunction>,
    heap::free::<Object>,
];

/// An Int that does not fit 64 bits.
struct BigBody {
    n: BigInt,
    _charge: Charge,
}

#[derive(Clone, Copy)]
union Payload {
    bits: u64,
    int: i64,
    float: f64,
    heap: NonNull<Header>,
    native: &'static Native,
    item: *const Value,
}

/// A value of the language: 16 bytes, cheap to clone, free to share between threads.
///
/// `==` is the language's `==`: structural, total and bounded in stack. [`Ord`] extends the language's `cmp` to all
/// values so that it can order keys; scripts are refused where [`Value::compare`] refuses.
#[repr(C)]
pub struct Value {
    /// The tag in the lowest byte, the beginning of an inline string in the others. (As one word rather than eight bytes: moving
    /// a value is then two moves, and reading the tag back does not wait for the memory.)
    meta: u64,
    payload: Payload,
}

// SAFETY: every body type is `Send + Sync` (asserted below) and counts are atomic.
unsafe impl Send for Value {}
// SAFETY: as above.
unsafe impl Sync for Value {}

const _: () = {
    const fn shareable<T: Send + Sync>() {}
    shareable::<BigBody>();
    shareable::<Decimal>();
    shareable::<Text>();
    shareable::<Vector>();
    shareable::<table::Table<Value>>();
    shareable::<table::Table<()>>();
    shareable::<Range>();
    shareable::<SeqBody>();
    shareable::<Function>();
    shareable::<ErrorBody>();
    shareable::<Iter>();
    shareable::<HostFunction>();
    shareable::<Object>();
    shareable::<Native>();
    assert!(size_of::<Value>() == 16);
};

/// Whether any of some values owns a counted block, asked once for all.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tags(u64);

impl Tags {
    #[inline(always)]
    pub(crate) fn add(&mut self, value: &Value) {
        self.0 |= value.meta;
    }

    #[inline(always)]
    pub(crate) fn any_heap(self) -> bool {
        const { assert!(HEAP.is_power_of_two()) }
        self.0 as u8 >= HEAP
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if self.is_heap() {
            // SAFETY: a heap tag's payload is a live block; the new count belongs to the copy.
            unsafe { heap::retain(self.payload.heap) };
        }
        Value { meta: apart(self.meta), payload: self.payload }
    }
}

/// A word that the optimiser must load by itself. A value that was stored word by word and is loaded in one piece right after has to
/// wait until both words are in the cache, a dozen cycles; two loads get them from the stores at once.
#[inline(always)]
fn apart(word: u64) -> u64 {
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    {
        let mut word = word;
        // SAFETY: no instruction at all.
        unsafe {
            std::arch::asm!("/* {0} */", inout(reg) word, options(pure, nomem, nostack, preserves_flags));
        }
        word
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    word
}

// SAFETY: what is no block is bytes.
unsafe impl Plain for Value {
    #[inline(always)]
    fn is_plain(&self) -> bool {
        !self.is_heap()
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_heap() {
            // SAFETY: the value owns one count of the block, of the type that its tag names.
            unsafe { heap::release(self.payload.heap, FREE[(self.tag() - HEAP) as usize]) }
        }
    }
}

impl Default for Value {
    /// `null`.
    fn default() -> Value {
        Value::NULL
    }
}

impl Value {
    /// Not a value scripts can see: a missing argument, a register without a value. All sixteen bytes are zero.
    pub const UNDEFINED: Value = Value::inline(UNDEFINED, 0);
    /// `null`
    pub const NULL: Value = Value::inline(NULL, 0);
    /// `true`
    pub const TRUE: Value = Value::inline(BOOL, 1);
    /// `false`
    pub const FALSE: Value = Value::inline(BOOL, 0);

    const fn inline(tag: u8, bits: u64) -> Value {
        Value { meta: tag as u64, payload: Payload { bits } }
    }

    /// Which kind of value this is.
    #[inline]
    pub fn kind(&self) -> Kind {
        KINDS[self.tag() as usize]
    }

    #[inline(always)]
    const fn tag(&self) -> u8 {
        self.meta as u8
    }

    /// Whether the value owns a counted block: cloning it costs an atomic increment.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.tag() >= HEAP
    }

    /// Whether this is the internal "no value".
    #[inline(always)]
    pub fn is_undefined(&self) -> bool {
        self.tag() == UNDEFINED
    }

    /// Whether this is `null`.
    #[inline(always)]
    pub fn is_null(&self) -> bool {
        self.tag() == NULL
    }

    /// Moves the value out and leaves [`Value::UNDEFINED`].
    #[inline(always)]
    pub fn take(&mut self) -> Value {
        let taken = Value { meta: apart(self.meta), payload: self.payload };
        // SAFETY: what was there is `taken` now.
        unsafe { std::ptr::write(self, Value::UNDEFINED) };
        taken
    }

    /// Overwrites a value that needs no dropping.
    #[inline(always)]
    pub(crate) fn overwrite(&mut self, value: Value) {
        debug_assert!(!self.is_heap());
        // SAFETY: forgetting what was there leaks nothing.
        unsafe { std::ptr::write(self, value) };
    }

    /// Gives the value up where that frees nothing: it is no block, or others hold it too. Whether it did.
    #[inline(always)]
    pub(crate) fn let_go(&mut self) -> bool {
        // SAFETY: a heap tag's payload is a live block, and the count given up is that of the value, which is overwritten next.
        if self.is_heap() && !unsafe { heap::release_shared(self.payload.heap) } {
            return false;
        }
        // SAFETY: as above; other values own nothing.
        unsafe { std::ptr::write(self, Value::UNDEFINED) };
        true
    }

    /// Moves the value to the end of a buffer that has room for one more; otherwise it stays. Whether it was moved. ([`Vec::push`] knows
    /// how to make room, for which its caller needs a stack frame.)
    #[inline(always)]
    pub(crate) fn move_into(&mut self, items: &mut Vec<Value>) -> bool {
        let len = items.len();
        if len == items.capacity() {
            return false;
        }
        // SAFETY: the buffer has room for an item behind the last one.
        unsafe {
            items.as_mut_ptr().add(len).write(self.take());
            items.set_len(len + 1);
        }
        true
    }

    /// An Int that fits 64 bits. (Every such Int is kept inline.)
    #[inline(always)]
    pub fn as_int(&self) -> Option<i64> {
        // SAFETY: the tag says that the payload is an integer.
        if self.tag() == INT { Some(unsafe { self.payload.int }) } else { None }
    }

    /// The number of a value that is known to be an Int; of anything else, its bits.
    #[inline(always)]
    pub(crate) fn int_bits(&self) -> i64 {
        self.words()[1] as i64
    }

    /// A Float.
    #[inline(always)]
    pub fn as_float(&self) -> Option<f64> {
        // SAFETY: the tag says that the payload is a float.
        if self.tag() == FLOAT { Some(unsafe { self.payload.float }) } else { None }
    }

    /// The same of what is known to be no Int. (The whole word is looked at: of two looks at the tag the optimiser makes one choice, in
    /// which Ints need not come first.)
    #[inline(always)]
    pub(crate) fn float_not_int(&self) -> Option<f64> {
        // SAFETY: as above; nothing else is in the word of a Float.
        if self.meta == FLOAT as u64 { Some(unsafe { self.payload.float }) } else { None }
    }

    /// A Bool.
    #[inline(always)]
    pub fn as_bool(&self) -> Option<bool> {
        // SAFETY: the tag says that the payload is 0 or 1.
        if self.tag() == BOOL { Some(unsafe { self.payload.bits } != 0) } else { None }
    }

    /// An Int of any size.
    pub fn as_bigint(&self) -> Option<Cow<'_, BigInt>> {
        match self.as_int() {
            Some(n) => Some(Cow::Owned(n.into())),
            None => self.as_big().map(Cow::Borrowed),
        }
    }

    /// An Int that does not fit 64 bits.
    pub(crate) fn as_big(&self) -> Option<&BigInt> {
        // SAFETY: `BIG` blocks hold a `BigBody`.
        if self.tag() == BIG { Some(&unsafe { self.body::<BigBody>() }.n) } else { None }
    }

    /// A Decimal.
    pub fn as_decimal(&self) -> Option<&Decimal> {
        // SAFETY: `DECIMAL` blocks hold a `Decimal`.
        if self.tag() == DECIMAL { Some(unsafe { self.body::<Decimal>() }) } else { None }
    }

    /// The text of a Str.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match self.tag() {
            SHORT => {
                let start = (&raw const *self).cast::<u8>();
                // SAFETY: an inline string has its length (at most 14) in byte 1 and that many bytes of UTF-8 from byte 2
                // on, all within these sixteen bytes, which `self` borrows.
                Some(unsafe {
                    let bytes = std::slice::from_raw_parts(start.add(2), self.short_len() as usize);
                    std::str::from_utf8_unchecked(bytes)
                })
            }
            // SAFETY: `TEXT` blocks hold a `Text`.
            TEXT => Some(unsafe { self.body::<Text>() }.as_str()),
            _ => None,
        }
    }

    /// The body of a Str that is not inline.
    #[inline]
    pub(crate) fn as_text(&self) -> Option<&Text> {
        // SAFETY: `TEXT` blocks hold a `Text`.
        if self.tag() == TEXT { Some(unsafe { self.body::<Text>() }) } else { None }
    }

    #[inline]
    pub(crate) fn as_text_mut(&mut self) -> Option<&mut Ref<Text>> {
        // SAFETY: `TEXT` blocks hold a `Text`.
        if self.tag() == TEXT { Some(unsafe { self.handle_mut() }) } else { None }
    }

    /// A Str of more than [`INLINE`] bytes.
    pub(crate) fn long_str(text: Text) -> Value {
        debug_assert!(text.as_str().len() > INLINE);
        Value::from_ref(TEXT, Ref::new(text))
    }

    /// A Vec.
    #[inline]
    pub fn as_vec(&self) -> Option<&Vector> {
        // SAFETY: `VEC` blocks are those of a `Vector`, which is a transparent pointer to one.
        if self.tag() == VEC { Some(unsafe { self.handle() }) } else { None }
    }

    /// The Vec itself, or the value where it is none.
    #[inline]
    pub fn into_vector(self) -> Result<Vector, Value> {
        if self.tag() != VEC {
            return Err(self);
        }
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: `VEC` blocks are those of a `Vector`; the count that `self` owned is the result's from here on.
        Ok(unsafe { std::ptr::read(this.handle::<Vector>()) })
    }

    /// A Vec, for changing: its own methods unshare it.
    #[inline]
    pub fn as_vec_mut(&mut self) -> Option<&mut Vector> {
        // SAFETY: as above.
        if self.tag() == VEC { Some(unsafe { self.handle_mut() }) } else { None }
    }

    /// A Map.
    #[inline]
    pub fn as_map(&self) -> Option<&Map> {
        // SAFETY: `MAP` blocks are those of a `Table<Value>`, and `Map` is a transparent wrapper of one.
        if self.tag() == MAP { Some(unsafe { self.handle() }) } else { None }
    }

    /// A Map, for changing: its own methods unshare it.
    #[inline]
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        // SAFETY: as above.
        if self.tag() == MAP { Some(unsafe { self.handle_mut() }) } else { None }
    }

    /// A Set.
    #[inline]
    pub fn as_set(&self) -> Option<&Set> {
        // SAFETY: `SET` blocks are those of a `Table<()>`, and `Set` is a transparent wrapper of one.
        if self.tag() == SET { Some(unsafe { self.handle() }) } else { None }
    }

    /// A Set, for changing: its own methods unshare it.
    #[inline]
    pub fn as_set_mut(&mut self) -> Option<&mut Set> {
        // SAFETY: as above.
        if self.tag() == SET { Some(unsafe { self.handle_mut() }) } else { None }
    }

    /// A Range.
    #[inline]
    pub fn as_range(&self) -> Option<Range> {
        // SAFETY: `RANGE` blocks hold a `Range`.
        if self.tag() == RANGE { Some(unsafe { *self.body::<Range>() }) } else { None }
    }

    /// A Seq.
    pub fn as_seq(&self) -> Option<&Ref<SeqBody>> {
        // SAFETY: `SEQ` blocks hold a `SeqBody`.
        if self.tag() == SEQ { Some(unsafe { self.handle() }) } else { None }
    }

    /// A Fn written in Tansy.
    #[inline]
    pub fn as_fn(&self) -> Option<&Ref<Function>> {
        // SAFETY: `FUNCTION` blocks hold a `Function`.
        if self.tag() == FUNCTION { Some(unsafe { self.handle() }) } else { None }
    }

    /// Whether this is a function of any kind.
    #[inline(always)]
    pub(crate) fn is_function(&self) -> bool {
        matches!(self.tag(), FUNCTION | NATIVE | HOST_FUNCTION)
    }

    /// A native function.
    #[inline]
    pub fn as_native(&self) -> Option<&'static Native> {
        // SAFETY: the tag says that the payload is a reference to a row.
        if self.tag() == NATIVE { Some(unsafe { self.payload.native }) } else { None }
    }

    /// A function of the host.
    #[inline]
    pub fn as_host_function(&self) -> Option<&Ref<HostFunction>> {
        // SAFETY: `HOST_FUNCTION` blocks hold a `HostFunction`.
        if self.tag() == HOST_FUNCTION { Some(unsafe { self.handle() }) } else { None }
    }

    /// An object of the host.
    #[inline]
    pub fn as_object(&self) -> Option<&Object> {
        self.as_object_ref().map(|object| &**object)
    }

    /// As [`Value::as_object`], to be held.
    #[inline]
    pub(crate) fn as_object_ref(&self) -> Option<&Ref<Object>> {
        // SAFETY: `OBJECT` blocks hold an `Object`.
        if self.tag() == OBJECT { Some(unsafe { self.handle() }) } else { None }
    }

    /// An error as a value.
    pub fn as_error(&self) -> Option<&Ref<ErrorBody>> {
        // SAFETY: `ERROR` blocks hold an `ErrorBody`.
        if self.tag() == ERROR { Some(unsafe { self.handle() }) } else { None }
    }

    /// State of an iteration, for advancing; `None` also while it is shared.
    #[inline]
    pub fn as_iter_mut(&mut self) -> Option<&mut Iter> {
        // SAFETY: `ITER` blocks hold an `Iter`.
        if self.tag() == ITER { unsafe { self.handle_mut::<Ref<Iter>>() }.get_mut() } else { None }
    }

    /// The address of the block, where there is one: equal addresses are one version.
    #[inline]
    pub fn address(&self) -> Option<usize> {
        // SAFETY: a heap tag's payload is a pointer.
        if self.tag() >= HEAP { Some(unsafe { self.payload.heap }.as_ptr().addr()) } else { None }
    }

    /// Whether another holder of the block exists, as far as can be told from here.
    pub fn is_shared(&self) -> bool {
        // SAFETY: a heap tag's payload is a live block; the body is not touched.
        self.tag() >= HEAP && unsafe { heap::is_shared(self.payload.heap) }
    }

    /// # Safety
    /// The tag is that of blocks with a body of type `T`.
    #[inline(always)]
    unsafe fn body<T>(&self) -> &T {
        // SAFETY: the payload is a `Ref<T>` in disguise (same pointer, count owned by `self`).
        unsafe { self.handle::<Ref<T>>() }
    }

    /// # Safety
    /// The tag is that of blocks with the body of `H`, which is a `Ref` or a transparent wrapper of one.
    #[inline(always)]
    unsafe fn handle<H>(&self) -> &H {
        const { assert!(size_of::<H>() == size_of::<NonNull<Header>>()) }
        // SAFETY: `H` is a transparent non-null pointer to the block, which is what the payload holds.
        unsafe { &*(&raw const self.payload).cast::<H>() }
    }

    /// # Safety
    /// As for [`Value::handle`].
    #[inline(always)]
    unsafe fn handle_mut<H>(&mut self) -> &mut H {
        const { assert!(size_of::<H>() == size_of::<NonNull<Header>>()) }
        // SAFETY: as above; whatever is stored through the result is again a handle of this type.
        unsafe { &mut *(&raw mut self.payload).cast::<H>() }
    }
}
