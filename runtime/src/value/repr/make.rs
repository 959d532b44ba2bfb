//! Making values.

use std::ptr::NonNull;

use num_bigint::BigInt;
use rust_decimal::Decimal;

use super::{
    BIG, BOOL, BigBody, DECIMAL, ERROR, FLOAT, FUNCTION, HOST_FUNCTION, INLINE, INT, ITER, MAP,
    NATIVE, OBJECT, Payload, RANGE, SEQ, SET, SHORT, TEXT, VEC, Value,
};
use crate::host::{HostFunction, Object};
use crate::value::error::ErrorBody;
use crate::value::function::{Function, Native};
use crate::value::heap::{Charge, Header, Ref};
use crate::value::iter::Iter;
use crate::value::map::Map;
use crate::value::range::Range;
use crate::value::seq::SeqBody;
use crate::value::set::Set;
use crate::value::string::Text;
use crate::value::vector::Vector;

impl Value {
    /// An Int.
    #[inline(always)]
    pub const fn int(n: i64) -> Value {
        Value::inline(INT, n as u64)
    }

    /// A Float.
    #[inline(always)]
    pub const fn float(x: f64) -> Value {
        Value { meta: FLOAT as u64, payload: Payload { float: x } }
    }

    /// A Bool.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value::inline(BOOL, b as u64)
    }

    /// A Str; copies the bytes.
    #[inline]
    pub fn str(text: &str) -> Value {
        match text.len() {
            0..=INLINE => Value::short(text),
            _ => Value::from_ref(TEXT, Ref::new(Text::new(text.to_owned()))),
        }
    }

    fn short(text: &str) -> Value {
        let mut bytes = [0u8; 16];
        bytes[0] = SHORT;
        bytes[1] = text.len() as u8;
        bytes[2..2 + text.len()].copy_from_slice(text.as_bytes());
        let both = u128::from_le_bytes(bytes);
        Value { meta: both as u64, payload: Payload { bits: (both >> 64) as u64 } }
    }

    /// A Str of up to [`INLINE`] bytes, made when the program is compiled; no value for a longer one.
    pub(crate) const fn literal(text: &str) -> Value {
        let text = text.as_bytes();
        if text.len() > INLINE {
            return Value::UNDEFINED;
        }
        let mut bytes = [0u8; 16];
        bytes[0] = SHORT;
        bytes[1] = text.len() as u8;
        let mut at = 0;
        while at < text.len() {
            bytes[2 + at] = text[at];
            at += 1;
        }
        let both = u128::from_le_bytes(bytes);
        Value { meta: both as u64, payload: Payload { bits: (both >> 64) as u64 } }
    }

    /// A native function, one row of the library's table.
    pub fn native(native: &'static Native) -> Value {
        Value { meta: NATIVE as u64, payload: Payload { native } }
    }

    /// An Int of any size; inline when it fits 64 bits.
    pub fn big(n: BigInt) -> Value {
        match i64::try_from(&n) {
            Ok(n) => Value::int(n),
            Err(_) => {
                let charge = Charge::new((n.bits() / 64 + 1) as usize * 8);
                Value::from_ref(BIG, Ref::new(BigBody { n, _charge: charge }))
            }
        }
    }

    /// A Decimal. Zero loses its sign: there is one zero for each scale.
    pub fn decimal(mut d: Decimal) -> Value {
        if d.is_zero() {
            d.set_sign_positive(true);
        }
        Value::from_ref(DECIMAL, Ref::new(d))
    }

    /// A Vec.
    #[inline]
    pub fn vec(v: impl Into<Vector>) -> Value {
        Value::from_block(VEC, v.into().into_raw())
    }

    /// A Map.
    #[inline]
    pub fn map(m: Map) -> Value {
        Value::from_block(MAP, m.0.into_raw())
    }

    /// A Set.
    #[inline]
    pub fn set(s: Set) -> Value {
        Value::from_block(SET, s.0.into_raw())
    }

    /// A Range.
    pub fn range(r: Range) -> Value {
        Value::from_ref(RANGE, Ref::new(r))
    }

    /// A Seq.
    pub fn seq(s: Ref<SeqBody>) -> Value {
        Value::from_ref(SEQ, s)
    }

    /// A Fn.
    pub fn function(f: Ref<Function>) -> Value {
        Value::from_ref(FUNCTION, f)
    }

    /// An error as a value.
    pub fn error(e: Ref<ErrorBody>) -> Value {
        Value::from_ref(ERROR, e)
    }

    /// State of an iteration; never visible to scripts.
    pub fn iter(i: Iter) -> Value {
        Value::from_ref(ITER, Ref::new(i))
    }

    /// A function of the host.
    pub fn host_function(function: HostFunction) -> Value {
        Value::from_ref(HOST_FUNCTION, Ref::new(function))
    }

    /// An object of the host.
    #[inline]
    pub(crate) fn from_object(object: Object) -> Value {
        Value::from_ref(OBJECT, Ref::new(object))
    }

    #[inline]
    pub(super) fn from_ref<T>(tag: u8, body: Ref<T>) -> Value {
        Value::from_block(tag, body.into_raw())
    }

    #[inline]
    fn from_block(tag: u8, heap: NonNull<Header>) -> Value {
        Value { meta: u64::from(tag), payload: Payload { heap } }
    }
}
