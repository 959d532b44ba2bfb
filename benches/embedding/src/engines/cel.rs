//! CEL: expressions only, so there are no functions to call and no programs of many lines. Threads share the compiled rule.

use super::{Jobs, jobs};
use crate::measure::{Data, bytes, made, rule, rule_each, turns};
use crate::orders::{Item, Order, Shared};
use cel::common::traits::Indexer;
use cel::common::types::{CelDouble, CelInt, CelList, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, Program, Value};
use std::any::Any;
use std::hint::black_box;
use std::sync::Arc;

const RULE: &str =
    r#"order.total > 100.0 && order.country in ["DE", "FR"] && order.items.exists(i, i.qty >= 10)"#;

static ORDER: Type = Type::new_unspecified_type("Order");
static ITEM: Type = Type::new_unspecified_type("Item");

#[derive(Debug)]
struct SharedOrder(Arc<Shared>);

#[derive(Debug)]
struct SharedItem(Arc<Item>);

/// What both types of objects need beside their fields.
macro_rules! object {
    ($name:ident, $type:ident) => {
        impl Val for $name {
            fn get_type(&self) -> &Type {
                &$type
            }

            fn cel_type() -> &'static Type {
                &$type
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
                Box::new($name(self.0.clone()))
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }

            fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }
        }

        impl StaticVal for $name {}

        impl Indexer for $name {
            fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
            where
                Self: 'v,
            {
                let key = key.downcast_ref::<CelString>().map_or("", |key| key.inner());
                let field = self.field(key).map(CowVal::Owned);
                field.ok_or_else(|| ExecutionError::NoSuchKey(Arc::new(key.to_owned())))
            }

            fn steal<'v>(
                self: Box<Self>,
                key: &dyn Val,
            ) -> Result<Box<dyn Val + 'v>, ExecutionError>
            where
                Self: 'v,
            {
                let key = key.downcast_ref::<CelString>().map_or("", |key| key.inner());
                self.field(key).ok_or_else(|| ExecutionError::NoSuchKey(Arc::new(key.to_owned())))
            }
        }
    };
}

object!(SharedOrder, ORDER);
object!(SharedItem, ITEM);

impl SharedOrder {
    fn field<'v>(&self, name: &str) -> Option<Box<dyn Val + 'v>> {
        Some(match name {
            "id" => Box::new(CelString::from(self.0.id.clone())),
            "country" => Box::new(CelString::from(self.0.country.clone())),
            "total" => Box::new(CelDouble::from(self.0.total)),
            "items" => {
                let items = self.0.items.iter();
                let items: Vec<Box<dyn Val>> =
                    items.map(|item| Box::new(SharedItem(item.clone())) as Box<dyn Val>).collect();
                Box::new(CelList::from(items))
            }
            _ => return None,
        })
    }
}

impl SharedItem {
    fn field<'v>(&self, name: &str) -> Option<Box<dyn Val + 'v>> {
        Some(match name {
            "sku" => Box::new(CelString::from(self.0.sku.clone())),
            "qty" => Box::new(CelInt::from(i64::from(self.0.qty))),
            "price" => Box::new(CelDouble::from(self.0.price)),
            _ => return None,
        })
    }
}

/// The one variable, lent.
struct Lent<'a>(&'a dyn Val);

impl VariableResolver for Lent<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        (name == "order").then_some(CowVal::Borrowed(self.0))
    }
}

fn compiled() -> Program {
    Program::compile(RULE).expect("a rule")
}

fn passes(program: &Program, context: &Context) -> bool {
    match program.execute(context) {
        Ok(Value::Bool(holds)) => holds,
        other => panic!("{other:?}"),
    }
}

pub fn first() {
    black_box(Context::default());
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let by_serde = |threads| {
        move |data: &Data| {
            let (program, root) = (compiled(), Context::default());
            rule_each(threads, &data.orders, |order: &Order| {
                let mut context = root.new_inner_scope();
                context.add_variable("order", order).expect("a value");
                passes(&program, &context)
            })
        }
    };
    let objects = |threads| {
        move |data: &Data| {
            let (program, root) = (compiled(), Context::default());
            rule_each(threads, &data.shared, |order| {
                let mut context = root.new_inner_scope();
                context.add_variable_as_val("order", Box::new(SharedOrder(order.clone())));
                passes(&program, &context)
            })
        }
    };
    let before = |threads| {
        move |data: &Data| {
            let program = compiled();
            rule(threads, &data.orders, |part, start| {
                let convert = |order: &Order| -> Box<dyn Val> {
                    let value = cel::to_value(order).expect("a value");
                    value.try_into().expect("a value")
                };
                let orders: Vec<Box<dyn Val>> = part.iter().map(convert).collect();
                let root = Context::default();
                let holds = |order: &&Box<dyn Val>| {
                    let lent = Lent(&***order);
                    let mut context = root.new_inner_scope();
                    context.set_variable_resolver(&lent);
                    passes(&program, &context)
                };
                start.measure(|| orders.iter().filter(holds).count())
            })
        }
    };
    jobs! { data;
        Serde => by_serde(1)(data);
        Serde2 => by_serde(2)(data);
        Objects => objects(1)(data);
        Objects2 => objects(2)(data);
        Before => before(1)(data);
        Before2 => before(2)(data);
        Next => made(1000, || Context::default());
        Trivial => {
            let (program, root) = (Program::compile("n > 1").expect("a program"), Context::default());
            turns(200_000, |i| {
                let mut context = root.new_inner_scope();
                context.add_variable_from_value("n", i);
                passes(&program, &context).into()
            })
        };
        EngineBytes => bytes(|| Context::default());
    }
}
