//! Lua 5.4 through mlua. Each thread needs a Lua of its own, with its own compiled rule.

use super::{Jobs, jobs};
use crate::measure::{Data, LOOP, bytes, host, longer, made, program, rule, turns};
use crate::orders::{Item, Order, Shared};
use mlua::serde::SerializeOptions;
use mlua::{Function, Lua, LuaSerdeExt, Table, UserData, UserDataFields, Value};
use std::hint::black_box;
use std::sync::Arc;

/// As one writes it in Lua: a table as a set, and a loop.
const RULE: &str = r#"
local countries = { DE = true, FR = true }
return function(order)
  if order.total > 100 and countries[order.country] then
    for _, item in ipairs(order.items) do
      if item.qty >= 10 then return true end
    end
  end
  return false
end"#;

struct SharedOrder(Arc<Shared>);
struct SharedItem(Arc<Item>);

impl UserData for SharedOrder {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("id", |lua, this| lua.create_string(&this.0.id));
        fields.add_field_method_get("country", |lua, this| lua.create_string(&this.0.country));
        fields.add_field_method_get("total", |_, this| Ok(this.0.total));
        fields.add_field_method_get("items", |lua, this| {
            lua.create_sequence_from(this.0.items.iter().map(|item| SharedItem(item.clone())))
        });
    }
}

impl UserData for SharedItem {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("sku", |lua, this| lua.create_string(&this.0.sku));
        fields.add_field_method_get("qty", |_, this| Ok(this.0.qty));
        fields.add_field_method_get("price", |_, this| Ok(this.0.price));
    }
}

fn compiled(lua: &Lua) -> Function {
    lua.load(RULE).eval().expect("a rule")
}

fn by_serde(lua: &Lua, order: &Order) -> Value {
    let options = SerializeOptions::new().set_array_metatable(false);
    lua.to_value_with(order, options).expect("a value")
}

fn by_hand(lua: &Lua, order: &Order) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 4)?;
    table.raw_set("id", order.id.as_str())?;
    table.raw_set("country", order.country.as_str())?;
    table.raw_set("total", order.total)?;
    let items = lua.create_table_with_capacity(order.items.len(), 0)?;
    for item in &order.items {
        let entry = lua.create_table_with_capacity(0, 3)?;
        entry.raw_set("sku", item.sku.as_str())?;
        entry.raw_set("qty", item.qty)?;
        entry.raw_set("price", item.price)?;
        items.raw_push(entry)?;
    }
    table.raw_set("items", items)?;
    Ok(table)
}

fn holds(rule: &Function, order: impl mlua::IntoLuaMulti) -> bool {
    rule.call(order).expect("a result")
}

fn function(i: usize) -> String {
    format!(
        "function f{i}(a, b)\n  local x = a * {i} + b\n  local y = x % 7\n  if x > y then\n    x = x + 1\n  else\n    x = x - y\n  end\n  return x + y\nend"
    )
}

pub fn first() {
    black_box(Lua::new());
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let serde = |threads| {
        move |data: &Data| {
            rule(threads, &data.orders, |part, start| {
                let lua = Lua::new();
                let rule = compiled(&lua);
                start.measure(|| part.iter().filter(|o| holds(&rule, by_serde(&lua, o))).count())
            })
        }
    };
    let hand = |threads| {
        move |data: &Data| {
            rule(threads, &data.orders, |part, start| {
                let lua = Lua::new();
                let rule = compiled(&lua);
                let holds = |o: &&Order| holds(&rule, by_hand(&lua, o).expect("a table"));
                start.measure(|| part.iter().filter(holds).count())
            })
        }
    };
    let objects = |threads| {
        move |data: &Data| {
            rule(threads, &data.shared, |part, start| {
                let lua = Lua::new();
                let rule = compiled(&lua);
                let holds = |o: &&Arc<Shared>| holds(&rule, SharedOrder(Arc::clone(o)));
                start.measure(|| part.iter().filter(holds).count())
            })
        }
    };
    let before = |threads| {
        move |data: &Data| {
            rule(threads, &data.orders, |part, start| {
                let lua = Lua::new();
                let rule = compiled(&lua);
                let orders: Vec<Value> = part.iter().map(|o| by_serde(&lua, o)).collect();
                start.measure(|| orders.iter().filter(|o| holds(&rule, *o)).count())
            })
        }
    };
    let add = || {
        let lua = Lua::new();
        lua.load("function add(a, b) return a + b end").exec().expect("a program");
        lua
    };
    let counting = |body: &str| {
        let lua = Lua::new();
        let host = lua.create_function(|_, (a, b): (i64, i64)| Ok(host(a, b))).expect("a function");
        // A local name, as is advised for what is called often.
        let text = format!(
            "local host = ...\nreturn function() local s = 0 for i = 0, {LOOP} - 1 do s = {body} end return s end"
        );
        let run: Function = lua.load(text).call(host).expect("a function");
        move || {
            let _ = &lua;
            run.call::<i64>(()).expect("a result")
        }
    };
    jobs! { data;
        Serde => serde(1)(data);
        Serde2 => serde(2)(data);
        Traits => hand(1)(data);
        Traits2 => hand(2)(data);
        Objects => objects(1)(data);
        Objects2 => objects(2)(data);
        Before => before(1)(data);
        Before2 => before(2)(data);
        Call => {
            let lua = add();
            let add: Function = lua.globals().get("add").expect("a function");
            turns(1_000_000, |i| add.call((i, 1)).expect("a result"))
        };
        CallByName => {
            let lua = add();
            let globals = lua.globals();
            turns(1_000_000, |i| {
                globals.get::<Function>("add").and_then(|f| f.call((i, 1))).expect("a result")
            })
        };
        HostCall => {
            let empty = counting("i");
            longer(counting("host(s, i)"), || { black_box(empty()); })
        };
        Next => made(1000, Lua::new);
        Compile => {
            let (lua, text) = (Lua::new(), program(1000, function));
            made(20, || lua.load(&text).into_function().expect("a program"))
        };
        Trivial => {
            let lua = Lua::new();
            let run = lua.load("local n = ... return n > 1").into_function().expect("a program");
            turns(200_000, |i| run.call::<bool>(i).expect("a result").into())
        };
        EngineBytes => bytes(Lua::new);
        SmallBytes => {
            let (lua, text) = (Lua::new(), program(10, function));
            bytes(|| lua.load(&text).into_function().expect("a program"))
        };
        LargeBytes => {
            let (lua, text) = (Lua::new(), program(1000, function));
            lua.gc_stop();
            bytes(|| lua.load(&text).into_function().expect("a program"))
        };
    }
}
