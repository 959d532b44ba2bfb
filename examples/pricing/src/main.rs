//! Prices and discounts for a batch of orders, on all cores.
//!
//! `cargo run --release -p example-pricing [-- --orders N] [--explain N]`
//!
//! What to look at:
//! - The rules are in `pricing.tansy`, compiled once. One `&Program` is shared by all threads; there is no lock.
//! - Orders are Rust structs; a derive makes values of them, and a `Price` of the result.
//! - The catalogue is converted once and given to every run by sharing.
//! - Amounts are decimals from end to end. What one order costs is the same on every machine and in whatever order they are priced.
//! - `--explain N` tells which rules decided the price of one order.

mod orders;

use std::time::Instant;

use orders::{Order, Price, catalogue, orders};
use tansy::{Decimal, Engine, Error, FromValue, IntoValue, Program, Value};

/// The price of one order. Needs only shared references, so any thread can ask.
fn price(rules: &Program, catalogue: &Value, order: &Order) -> Result<Price, Error> {
    let price = rules.run(&[("order", order.into_value()), ("catalogue", catalogue.clone())])?;
    Ok(Price::from_owned(price)?)
}

/// The prices of all orders, in their order: each core prices a part of them.
fn price_all(rules: &Program, catalogue: &Value, orders: &[Order]) -> Result<Vec<Price>, Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let part = orders.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = orders
            .chunks(part)
            .map(|part| scope.spawn(|| part.iter().map(|o| price(rules, catalogue, o)).collect()))
            .collect();
        let mut prices = Vec::with_capacity(orders.len());
        for part in parts {
            let done: Result<Vec<Price>, Error> =
                part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            prices.append(&mut done?);
        }
        Ok(prices)
    })
}

fn rules() -> Result<Program, Error> {
    let text = include_str!("pricing.tansy");
    Ok(Engine::new().compile_with_inputs("pricing.tansy", text, &["order", "catalogue"])?)
}

/// A few prices, and what all orders come to.
fn summary(orders: &[Order], prices: &[Price]) -> String {
    let mut text = String::from("   order customer         net  discount  shipping     total\n");
    for (order, price) in orders.iter().zip(prices).take(6) {
        let Price { net, discount, shipping, total } = price;
        let (number, tier) = (order.number, &order.customer.tier);
        text += &format!(
            "{number:>8} {tier:<10}{net:>10.2}{discount:>10.2}{shipping:>10.2}{total:>10.2}\n"
        );
    }
    let all: Decimal = prices.iter().map(|p| p.total).sum();
    let reduced = prices.iter().filter(|p| p.discount > Decimal::ZERO).count();
    text + &format!("{} orders come to {all:.2}; {reduced} got a discount\n", prices.len())
}

/// Why an order costs what it costs.
fn explain(rules: &Program, catalogue: &Value, order: &Order) -> String {
    let inputs = [("order", order.into_value()), ("catalogue", catalogue.clone())];
    rules.run_traced(&inputs).explanation.to_string()
}

/// The number after an option of the command line.
fn option(name: &str) -> Option<usize> {
    std::env::args().skip_while(|argument| argument != name).nth(1)?.parse().ok()
}

fn main() -> Result<(), Error> {
    let rules = rules()?;
    let catalogue = catalogue().into_value();
    let orders = orders(option("--orders").unwrap_or(100_000));
    if let Some(number) = option("--explain") {
        match orders.get(number) {
            Some(order) => print!("{}", explain(&rules, &catalogue, order)),
            None => println!("there is no order {number}"),
        }
        return Ok(());
    }
    let start = Instant::now();
    let prices = price_all(&rules, &catalogue, &orders)?;
    let seconds = start.elapsed().as_secs_f64();
    print!("{}", summary(&orders, &prices));
    println!("{:.0} orders a second", orders.len() as f64 / seconds);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_is_expected() {
        let (rules, catalogue, orders) = (rules().unwrap(), catalogue().into_value(), orders(3000));
        let prices = price_all(&rules, &catalogue, &orders).unwrap();
        let text = summary(&orders, &prices) + "\n" + &explain(&rules, &catalogue, &orders[2]);
        assert_eq!(text, include_str!("../expected.txt"), "now:\n{text}");
    }

    #[test]
    fn all_cores_give_what_one_gives() {
        let (rules, catalogue, orders) = (rules().unwrap(), catalogue().into_value(), orders(501));
        let one: Vec<Price> =
            orders.iter().map(|o| price(&rules, &catalogue, o).unwrap()).collect();
        assert_eq!(price_all(&rules, &catalogue, &orders).unwrap(), one);
    }
}
