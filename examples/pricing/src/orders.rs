//! The data of a shop: its types, and orders made up from a fixed seed, so that every run prices the same ones.

use std::collections::BTreeMap;

use tansy::{Decimal, FromValue, IntoValue};

/// What rules see as `order`.
#[derive(IntoValue)]
pub(crate) struct Order {
    pub(crate) number: u32,
    pub(crate) country: &'static str,
    pub(crate) customer: Customer,
    pub(crate) lines: Vec<Line>,
    pub(crate) coupon: Option<&'static str>,
}

#[derive(IntoValue)]
pub(crate) struct Customer {
    pub(crate) tier: &'static str,
    pub(crate) since: u16,
    pub(crate) orders: u32,
}

#[derive(IntoValue)]
pub(crate) struct Line {
    pub(crate) sku: &'static str,
    pub(crate) qty: u32,
}

/// What the catalogue says of a product.
#[derive(IntoValue)]
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) price: Decimal,
}

/// What the rules give.
#[derive(FromValue, Debug, PartialEq)]
pub(crate) struct Price {
    pub(crate) net: Decimal,
    pub(crate) discount: Decimal,
    pub(crate) shipping: Decimal,
    pub(crate) total: Decimal,
}

/// Stock keeping unit, name, kind, price in cents.
const PRODUCTS: [(&str, &str, &str, i64); 6] = [
    ("T1", "jasmine tea", "tea", 790),
    ("T2", "smoked tea", "tea", 1125),
    ("P1", "teapot", "ware", 3400),
    ("C1", "cup", "ware", 650),
    ("S1", "strainer", "ware", 399),
    ("B1", "biscuits", "food", 285),
];

/// The catalogue, by stock keeping unit.
pub(crate) fn catalogue() -> BTreeMap<&'static str, Product> {
    let products = PRODUCTS.iter();
    products
        .map(|&(sku, name, kind, cents)| {
            (sku, Product { name, kind, price: Decimal::new(cents, 2) })
        })
        .collect()
}

/// Numbers that look random (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// So many orders, always the same.
pub(crate) fn orders(count: usize) -> Vec<Order> {
    let mut dice = Dice(2024);
    (0..count)
        .map(|number| Order {
            number: number as u32,
            country: dice.of(&["DE", "FR", "AT"]),
            customer: Customer {
                tier: dice.of(&["new", "silver", "silver", "gold"]),
                since: 2014 + dice.below(10) as u16,
                orders: dice.below(12) as u32,
            },
            lines: (0..1 + dice.below(4))
                .map(|_| Line {
                    sku: dice.of(&PRODUCTS).0,
                    qty: dice.of(&[1, 1, 1, 2, 3, 4, 6, 12, 24, 120]),
                })
                .collect(),
            coupon: dice.of(&[None, None, None, Some("TEA10"), Some("WELCOME")]),
        })
        .collect()
}
