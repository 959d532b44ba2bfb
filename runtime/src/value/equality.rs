//! When two values are equal, and when nobody could tell them apart.

use std::cmp::Ordering;

use super::order::{Equality, Exact, walk};
use super::{Kind, Value};

impl PartialEq for Value {
    /// The language's `==`: structural, an equivalence (NaN equals itself), O(1) for one version.
    #[inline]
    fn eq(&self, other: &Value) -> bool {
        if self.same_bits(other) {
            return true;
        }
        if self.is_short() && other.is_short() {
            return false;
        }
        if let (Some(a), Some(b)) = (self.as_int(), other.as_int()) {
            return a == b;
        }
        walk::<Equality>(self, other) == Ordering::Equal
    }
}

impl Value {
    /// The language's `same`: on collections whether they are one version, in O(1); on scalars and strings whether they have the
    /// same type and are equal.
    pub fn same(&self, other: &Value) -> bool {
        if self.same_bits(other) {
            return true;
        }
        let kind = self.kind();
        kind == other.kind()
            && match kind {
                Kind::Int | Kind::Float | Kind::Decimal | Kind::Str | Kind::Range => self == other,
                _ => false,
            }
    }

    /// Whether nobody could tell one from the other: same type and same printed form all the way down, functions and sequences
    /// equal. An update that stores something identical changes nothing.
    pub fn identical(&self, other: &Value) -> bool {
        identical(self, other)
    }
}

#[inline(always)]
pub(super) fn identical(a: &Value, b: &Value) -> bool {
    // Most updates store an Int or a short string over another.
    let told = a.is_simple() && b.is_simple();
    a.same_bits(b) || (!told && identical_inside(a, b))
}

#[inline(never)]
fn identical_inside(a: &Value, b: &Value) -> bool {
    a.kind() == b.kind() && walk::<Exact>(a, b) == Ordering::Equal
}
