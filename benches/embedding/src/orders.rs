//! The orders that the rule is about, and the rule itself in Rust. The same orders in every run.

use serde::Serialize;
use std::sync::Arc;

#[derive(Clone, Debug, Serialize, tansy::IntoValue, tansy::HostObject)]
pub struct Item {
    pub sku: String,
    pub qty: u32,
    pub price: f64,
}

#[derive(Clone, Debug, Serialize, tansy::IntoValue, tansy::HostObject)]
pub struct Order {
    pub id: String,
    pub country: String,
    pub total: f64,
    pub items: Vec<Item>,
}

/// An order as a host would share it with scripts: its items, too, are held by counted pointers.
#[derive(Clone, Debug, tansy::HostObject)]
pub struct Shared {
    pub id: String,
    pub country: String,
    pub total: f64,
    pub items: Vec<Arc<Item>>,
}

/// Orders of which about a fifth pass the rule.
pub fn orders(count: usize) -> Vec<Order> {
    let mut state = 12345_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let countries = ["DE", "FR", "US", "GB", "IT"];
    let order = |i| Order {
        id: format!("order-{i}"),
        country: countries[random(5) as usize].into(),
        total: random(40_000) as f64 / 100.0,
        items: (0..2 + random(4))
            .map(|_| Item {
                sku: format!("sku-{}", random(1000)),
                qty: random(14) as u32,
                price: random(10_000) as f64 / 100.0,
            })
            .collect(),
    };
    (0..count).map(order).collect()
}

pub fn shared(orders: &[Order]) -> Vec<Arc<Shared>> {
    let shared = |order: &Order| Shared {
        id: order.id.clone(),
        country: order.country.clone(),
        total: order.total,
        items: order.items.iter().cloned().map(Arc::new).collect(),
    };
    orders.iter().map(|order| Arc::new(shared(order))).collect()
}

pub fn holds(order: &Order) -> bool {
    order.total > 100.0
        && matches!(order.country.as_str(), "DE" | "FR")
        && order.items.iter().any(|item| item.qty >= 10)
}
