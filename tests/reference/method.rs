//! A few methods of each type, and built-in functions, as naively as can be.

use super::path::place;
use super::*;

impl<'m> Machine<'m> {
    /// `receiver.name(arguments…)`
    pub(super) fn method(&self, receiver: &V, name: &str, arguments: &[V]) -> Eval {
        self.step(1)?;
        match receiver {
            V::Vec(items) => {
                self.step(items.len() as u64)?;
                self.vec_method(items, name, arguments)
            }
            V::Map(entries) => {
                self.step(entries.len() as u64)?;
                self.map_method(entries, name, arguments)
            }
            V::Set(items) => {
                let items = items.to_vec();
                Ok(match (name, arguments) {
                    ("len", []) => V::int(items.len()),
                    ("vec", []) => V::vec(items),
                    ("contains", [x]) => V::Bool(operator::contains(receiver, x)?),
                    ("insert", [x]) => {
                        check_key(x)?;
                        let mut items = items;
                        add(&mut items, x.clone());
                        V::Set(Rc::new(items))
                    }
                    ("discard", [x]) => {
                        check_key(x)?;
                        V::Set(Rc::new(items.into_iter().filter(|y| !equal(x, y)).collect()))
                    }
                    _ => return Err(Stop::Unsupported("method of Set")),
                })
            }
            V::Str(s) => Ok(match (name, arguments) {
                ("len", []) => V::int(s.chars().count()),
                ("upper", []) => V::str(s.to_uppercase()),
                ("reverse", []) => V::str(s.chars().rev().collect::<String>()),
                ("chars", []) => V::vec(s.chars().map(|c| V::str(c.to_string())).collect()),
                ("contains", [V::Str(part)]) => V::Bool(s.contains(&**part)),
                ("split", [V::Str(sep)]) if !sep.is_empty() => {
                    V::vec(s.split(&**sep).map(V::str).collect())
                }
                _ => return Err(Stop::Unsupported("method of Str")),
            }),
            V::Range(..) => {
                let items = self.elements(receiver)?;
                match name {
                    "vec" => Ok(V::vec(items)),
                    "map" | "filter" | "fold" | "sum" | "len" => {
                        self.vec_method(&items, name, arguments)
                    }
                    _ => Err(Stop::Unsupported("method of Range")),
                }
            }
            _ => Err(Stop::Unsupported("method")),
        }
    }

    fn truthy(&self, v: V) -> Eval<bool> {
        match v {
            V::Bool(b) => Ok(b),
            _ => type_error("a predicate gives a Bool"),
        }
    }

    fn vec_method(&self, items: &[V], name: &str, arguments: &[V]) -> Eval {
        let changed = |f: &mut dyn FnMut(&mut Vec<V>)| {
            let mut items = items.to_vec();
            f(&mut items);
            V::vec(items)
        };
        Ok(match (name, arguments) {
            ("len", []) => V::int(items.len()),
            ("push", [x]) => changed(&mut |v| v.push(x.clone())),
            ("push_front", [x]) => changed(&mut |v| v.insert(0, x.clone())),
            ("reverse", []) => changed(&mut |v| v.reverse()),
            ("concat", [V::Vec(more)]) => changed(&mut |v| v.extend(more.iter().cloned())),
            ("insert", [V::Int(n), x]) => match place(n, items.len() + usize::from(*n >= 0.into()))
            {
                Some(i) => changed(&mut |v| v.insert(i, x.clone())),
                None => return raise("out-of-range", "no such index"),
            },
            ("remove", [V::Int(n)]) => match place(n, items.len()) {
                Some(i) => changed(&mut |v| drop(v.remove(i))),
                None => return raise("out-of-range", "no such index"),
            },
            ("sort", []) => {
                check_key(&V::vec(items.to_vec()))?;
                // By insertion: when the steps run out, `compare` is no order any more.
                let mut sorted: Vec<V> = vec![];
                for x in items {
                    let at =
                        sorted.iter().position(|y| compare(x, y).is_lt()).unwrap_or(sorted.len());
                    sorted.insert(at, x.clone());
                }
                V::vec(sorted)
            }
            ("first", []) => items.first().cloned().unwrap_or(V::Null),
            ("last", []) => items.last().cloned().unwrap_or(V::Null),
            ("contains", [x]) => V::Bool(items.iter().any(|y| equal(x, y))),
            ("take", [V::Int(n)]) => changed(&mut |v| v.truncate(n.to_usize().unwrap_or(0))),
            ("skip", [V::Int(n)]) => {
                V::vec(items.iter().skip(n.to_usize().unwrap_or(0)).cloned().collect())
            }
            ("sum", []) => {
                let mut total = V::int(0);
                for x in items {
                    total = self.binary(BinaryOp::Add, &total, x)?;
                }
                total
            }
            ("map", [f]) => {
                V::vec(items.iter().map(|x| self.apply(f, vec![x.clone()])).collect::<Eval<_>>()?)
            }
            ("filter", [f]) => {
                let mut out = vec![];
                for x in items {
                    if self.truthy(self.apply(f, vec![x.clone()])?)? {
                        out.push(x.clone());
                    }
                }
                V::vec(out)
            }
            ("fold", [init, f]) => {
                let mut acc = init.clone();
                for x in items {
                    acc = self.apply(f, vec![acc, x.clone()])?;
                }
                acc
            }
            ("enumerate", []) => V::vec(
                items.iter().enumerate().map(|(i, x)| V::vec(vec![V::int(i), x.clone()])).collect(),
            ),
            _ => return Err(Stop::Unsupported("method of Vec")),
        })
    }

    fn map_method(&self, entries: &[(V, V)], name: &str, arguments: &[V]) -> Eval {
        let two = |f: &V| matches!(f, V::Fn(f) if self.function(f.code).parameters.len() == 2);
        let call = |f: &V, k: &V, v: &V| {
            self.apply(f, if two(f) { vec![k.clone(), v.clone()] } else { vec![v.clone()] })
        };
        type Change<'c> = &'c mut dyn FnMut(&mut Vec<(V, V)>);
        let changed = |f: Change| {
            let mut entries = entries.to_vec();
            f(&mut entries);
            V::Map(Rc::new(entries))
        };
        for key in arguments.iter().take(1).filter(|_| !matches!(name, "map" | "filter" | "fold")) {
            check_key(key)?;
        }
        Ok(match (name, arguments) {
            ("len", []) => V::int(entries.len()),
            ("keys", []) => V::vec(entries.iter().map(|(k, _)| k.clone()).collect()),
            ("values", []) => V::vec(entries.iter().map(|(_, v)| v.clone()).collect()),
            ("entries", []) => {
                V::vec(entries.iter().map(|(k, v)| V::vec(vec![k.clone(), v.clone()])).collect())
            }
            ("contains", [k]) => V::Bool(find(entries, k).is_ok()),
            ("get", [k]) => find(entries, k).map_or(V::Null, |i| entries[i].1.clone()),
            ("get", [k, default]) => {
                find(entries, k).map_or(default.clone(), |i| entries[i].1.clone())
            }
            ("insert", [k, v]) => changed(&mut |m| put(m, k.clone(), v.clone())),
            ("discard", [k]) => changed(&mut |m| m.retain(|(x, _)| !equal(x, k))),
            ("remove", [k]) => match find(entries, k) {
                Ok(i) => changed(&mut |m| drop(m.remove(i))),
                Err(_) => return raise("missing-key", "no such key"),
            },
            ("map", [f]) => {
                let mut out = vec![];
                for (k, v) in entries {
                    out.push((k.clone(), call(f, k, v)?));
                }
                V::Map(Rc::new(out))
            }
            ("filter", [f]) => {
                let mut out = vec![];
                for (k, v) in entries {
                    if self.truthy(call(f, k, v)?)? {
                        out.push((k.clone(), v.clone()));
                    }
                }
                V::Map(Rc::new(out))
            }
            ("fold", [init, f]) => {
                let three = matches!(f, V::Fn(f) if self.function(f.code).parameters.len() >= 3);
                let mut acc = init.clone();
                for (k, v) in entries {
                    let given =
                        if three { vec![acc, k.clone(), v.clone()] } else { vec![acc, v.clone()] };
                    acc = self.apply(f, given)?;
                }
                acc
            }
            _ => return Err(Stop::Unsupported("method of Map")),
        })
    }

    /// A built-in function by name.
    pub(super) fn builtin(&self, name: &str, arguments: &[V]) -> Eval {
        Ok(match (name, arguments) {
            ("print", values) => {
                let texts: Vec<String> =
                    values.iter().map(|v| self.text(v)).collect::<Eval<_>>()?;
                let mut out = self.output.borrow_mut();
                out.push_str(&texts.join(" "));
                out.push('\n');
                V::Null
            }
            ("str", [v]) => V::str(self.text(v)?),
            ("type_of", [v]) => V::str(v.type_name()),
            ("vec", [v]) => V::vec(self.elements(v)?),
            ("set", [v]) => {
                let mut out = vec![];
                for x in self.elements(v)? {
                    check_key(&x)?;
                    add(&mut out, x);
                }
                V::Set(Rc::new(out))
            }
            ("min", [a, b]) | ("max", [a, b]) => {
                check_key(a)?;
                check_key(b)?;
                let first = compare(a, b);
                let keep_a = if name == "min" { first.is_le() } else { first.is_ge() };
                if keep_a { a.clone() } else { b.clone() }
            }
            ("cmp", [a, b]) => {
                check_key(a)?;
                check_key(b)?;
                V::int(compare(a, b) as i32)
            }
            // The changes between versions are here the new one in brackets: they are only ever given to `patch`.
            ("diff", [_, new]) => V::vec(vec![new.clone()]),
            ("patch", [_, V::Vec(changes)]) => changes.first().cloned().unwrap_or(V::Null),
            _ => return Err(Stop::Unsupported("built-in")),
        })
    }
}
