//! Paths: reading, assigning, deleting and `with`, by rebuilding every level.

use super::*;

/// A step with its key evaluated.
enum Step {
    Key { key: V, optional: bool },
    Each,
}

/// What to do at the places a path leads to. Gets the old value if there is one; None deletes.
type Change<'a> = dyn FnMut(Option<&V>) -> Eval<Option<V>> + 'a;

impl<'m> Machine<'m> {
    /// Reads a path that ends in a field, index or `[*]`.
    pub(super) fn read(&self, e: &Expr<'m>, env: &mut Env) -> Eval {
        let (places, selected) = self.places(e, env)?;
        Ok(if selected { V::vec(places) } else { places.into_iter().next().unwrap_or(V::Null) })
    }

    /// The values at a path, and whether a step selected several.
    fn places(&self, e: &Expr<'m>, env: &mut Env) -> Eval<(Vec<V>, bool)> {
        let (object, step) = match &e.kind {
            ExprKind::Field { parts, optional } => {
                let (object, name) = parts;
                let (places, selected) = self.places(object, env)?;
                ((places, selected), Step::Key { key: V::str(name.text), optional: *optional })
            }
            ExprKind::Index { parts, optional } => {
                let (object, index) = parts;
                let places = self.places(object, env)?;
                let key = self.eval(index, env)?;
                (places, Step::Key { key, optional: *optional })
            }
            ExprKind::Each { object } => (self.places(object, env)?, Step::Each),
            _ => return Ok((vec![self.eval(e, env)?], false)),
        };
        let (places, selected) = object;
        let mut out = vec![];
        let mut several = selected;
        for place in places {
            match &step {
                Step::Each => {
                    several = true;
                    out.extend(match &place {
                        V::Vec(items) | V::Set(items) => items.to_vec(),
                        V::Map(entries) => entries.iter().map(|(_, v)| v.clone()).collect(),
                        _ => return type_error("no elements"),
                    });
                }
                Step::Key { key, optional, .. } => match (&place, key) {
                    (V::Vec(items), V::Range(..)) => {
                        several = true;
                        out.extend(items[range(key, items.len(), *optional)?].to_vec());
                    }
                    (V::Vec(_) | V::Map(_), V::Fn(f)) => {
                        several = true;
                        for (k, v) in parts(&place)? {
                            if self.holds(f, &place, &k, &v)? {
                                out.push(v);
                            }
                        }
                    }
                    _ => out.push(self.get(&place, key, *optional)?),
                },
            }
        }
        if several && !selected {
            self.step(out.len() as u64)?;
        }
        Ok((out, several))
    }

    fn holds(&self, f: &Rc<Closure>, place: &V, k: &V, v: &V) -> Eval<bool> {
        let two = matches!(place, V::Map(_)) && self.function(f.code).parameters.len() == 2;
        let arguments = if two { vec![k.clone(), v.clone()] } else { vec![v.clone()] };
        match self.apply_named(f, arguments, vec![])? {
            V::Bool(b) => Ok(b),
            _ => type_error("a predicate gives a Bool"),
        }
    }

    /// `v[key]`, `v.key`; with `optional`, null when it is missing.
    pub(super) fn get(&self, v: &V, key: &V, optional: bool) -> Eval {
        match (v, key) {
            (V::Null, _) if optional => Ok(V::Null),
            (V::Map(entries), key) => {
                check_key(key)?;
                match find(entries, key) {
                    Ok(i) => Ok(entries[i].1.clone()),
                    Err(_) if optional => Ok(V::Null),
                    Err(_) => raise("missing-key", "no such key"),
                }
            }
            (V::Error(e), V::Str(key)) => match &**key {
                "kind" => Ok(V::str(&e.kind)),
                "message" => Ok(V::str(&e.message)),
                "data" => Ok(e.data.clone()),
                _ => Err(Stop::Unsupported("field of an error")),
            },
            (V::Vec(items), V::Int(n)) => match place(n, items.len()) {
                Some(i) => Ok(items[i].clone()),
                None if optional => Ok(V::Null),
                None => raise("out-of-range", "no such index"),
            },
            (V::Str(s), V::Int(n)) => {
                let chars: Vec<char> = s.chars().collect();
                match place(n, chars.len()) {
                    Some(i) => Ok(V::str(chars[i].to_string())),
                    None if optional => Ok(V::Null),
                    None => raise("out-of-range", "no such index"),
                }
            }
            (V::Str(s), V::Range(..)) => {
                let chars: Vec<char> = s.chars().collect();
                Ok(V::str(chars[range(key, chars.len(), optional)?].iter().collect::<String>()))
            }
            _ => type_error("no such place"),
        }
    }

    fn steps(&self, e: &Expr<'m>, env: &mut Env, steps: &mut Vec<Step>) -> Eval<Option<String>> {
        let root = match &e.kind {
            ExprKind::Field { parts, optional } => {
                let (object, name) = parts;
                let root = self.steps(object, env, steps)?;
                steps.push(Step::Key { key: V::str(name.text), optional: *optional });
                root
            }
            ExprKind::Index { parts, optional } => {
                let (object, index) = parts;
                let root = self.steps(object, env, steps)?;
                let key = self.eval(index, env)?;
                steps.push(Step::Key { key, optional: *optional });
                root
            }
            ExprKind::Each { object } => {
                let root = self.steps(object, env, steps)?;
                steps.push(Step::Each);
                root
            }
            ExprKind::Name(name) => Some(name.to_string()),
            ExprKind::Null => None,
            _ => return Err(Stop::Unsupported("place")),
        };
        Ok(root)
    }

    pub(super) fn assign(
        &self,
        place: &Expr<'m>,
        op: AssignOp,
        value: &Expr<'m>,
        env: &mut Env,
    ) -> Eval<()> {
        let mut steps = vec![];
        let Some(name) = self.steps(place, env, &mut steps)? else {
            return Err(Stop::Unsupported("place"));
        };
        let Some(_) = env.get(&name) else {
            return Err(Stop::Unsupported("assignment to a global"));
        };
        let new = self.changed(|env| self.name(&name, env), &steps, op, value, env)?;
        env.set(&name, new);
        Ok(())
    }

    pub(super) fn delete(&self, place: &Expr<'m>, env: &mut Env) -> Eval<()> {
        let mut steps = vec![];
        let Some(name) = self.steps(place, env, &mut steps)? else {
            return Err(Stop::Unsupported("place"));
        };
        let root = self.name(&name, env)?;
        let new = self.change(&root, &steps, &mut |_| Ok(None))?;
        env.set(&name, new);
        Ok(())
    }

    pub(super) fn with(&self, base: &Expr<'m>, items: &[WithItem<'m>], env: &mut Env) -> Eval {
        let mut v = self.eval(base, env)?;
        for item in items {
            let mut steps = vec![];
            v = match item {
                WithItem::Assign { path, op, value, .. } => {
                    self.steps(path, env, &mut steps)?;
                    let old = v.clone();
                    self.changed(|_| Ok(old.clone()), &steps, *op, value, env)?
                }
                WithItem::Delete { path, .. } => {
                    self.steps(path, env, &mut steps)?;
                    self.change(&v, &steps, &mut |_| Ok(None))?
                }
                WithItem::Error => return Err(Stop::Unsupported("with")),
            };
        }
        Ok(v)
    }

    /// The root with an assignment done; the root is read after the value is known.
    fn changed(
        &self,
        root: impl Fn(&Env) -> Eval,
        steps: &[Step],
        op: AssignOp,
        value: &Expr<'m>,
        env: &mut Env,
    ) -> Eval {
        match op {
            AssignOp::Set => {
                let v = self.eval(value, env)?;
                self.change(&root(env)?, steps, &mut |_| Ok(Some(v.clone())))
            }
            AssignOp::Binary(op) => {
                let v = self.eval(value, env)?;
                self.change(&root(env)?, steps, &mut |old| match old {
                    Some(old) => Ok(Some(self.binary(op, old, &v)?)),
                    None => raise("missing-key", "no such key"),
                })
            }
            AssignOp::Coalesce => {
                // The value is needed only where the place is null or missing.
                let old = self.change_probe(&root(env)?, steps)?;
                if !matches!(old, V::Null) {
                    return root(env);
                }
                let v = self.eval(value, env)?;
                self.change(&root(env)?, steps, &mut |_| Ok(Some(v.clone())))
            }
            AssignOp::Method => {
                let ExprKind::Call { callee, arguments } = &value.kind else {
                    return Err(Stop::Unsupported("method assignment"));
                };
                let ExprKind::Name(method) = &callee.kind else {
                    return Err(Stop::Unsupported("method assignment"));
                };
                let mut given = vec![];
                for argument in *arguments {
                    match argument {
                        Argument::Value(e) => given.push(self.eval(e, env)?),
                        _ => return Err(Stop::Unsupported("method assignment")),
                    }
                }
                self.change(&root(env)?, steps, &mut |old| match old {
                    Some(old) => Ok(Some(self.method(old, method, &given)?)),
                    None => raise("missing-key", "no such key"),
                })
            }
        }
    }

    /// The value at a path without selecting steps; null when its last key is missing.
    fn change_probe(&self, v: &V, steps: &[Step]) -> Eval {
        let mut v = v.clone();
        for (i, step) in steps.iter().enumerate() {
            let Step::Key { key, optional, .. } = step else {
                return Err(Stop::Unsupported("??= on several places"));
            };
            let last = i + 1 == steps.len();
            v = self.get(&v, key, *optional || last && matches!(v, V::Map(_)))?;
        }
        Ok(v)
    }

    /// The value with the places below it changed.
    fn change(&self, v: &V, steps: &[Step], f: &mut Change) -> Eval {
        self.step(match v {
            V::Vec(items) => 1 + items.len() as u64 / 4,
            V::Map(entries) => 1 + entries.len() as u64 / 2,
            _ => 1,
        })?;
        let Some((step, rest)) = steps.split_first() else {
            return match f(Some(v))? {
                Some(v) => Ok(v),
                None => Err(Stop::Unsupported("delete without a path")),
            };
        };
        match step {
            Step::Each => {
                let all: Vec<V> = parts(v)?.into_iter().map(|(k, _)| k).collect();
                self.change_each(v, &all, rest, f)
            }
            Step::Key { key: key @ V::Range(..), optional, .. } if matches!(v, V::Vec(_)) => {
                let V::Vec(items) = v else { return Ok(v.clone()) };
                let keys: Vec<V> =
                    range(key, items.len(), *optional)?.map(|i| V::int(i as i64)).collect();
                self.change_each(v, &keys, rest, f)
            }
            Step::Key { key: V::Fn(p), .. } => {
                let mut keys = vec![];
                for (k, x) in parts(v)? {
                    if self.holds(p, v, &k, &x)? {
                        keys.push(k);
                    }
                }
                self.change_each(v, &keys, rest, f)
            }
            Step::Key { key, optional, .. } => {
                let empty = V::Map(Rc::new(vec![]));
                match v {
                    V::Null if *optional && !rest.is_empty() => self.change(&empty, steps, f),
                    V::Map(entries) => {
                        check_key(key)?;
                        let old = find(entries, key).ok().map(|i| &entries[i].1);
                        let new = match (old, rest.is_empty()) {
                            (old, true) => f(old)?,
                            (Some(V::Null) | None, false) if *optional => {
                                Some(self.change(&empty, rest, f)?)
                            }
                            (Some(old), false) => Some(self.change(old, rest, f)?),
                            (None, false) => return raise("missing-key", "no such key"),
                        };
                        let mut entries = entries.to_vec();
                        match new {
                            Some(new) => put(&mut entries, key.clone(), new),
                            None => match find(&entries, key) {
                                Ok(i) => drop(entries.remove(i)),
                                Err(_) if *optional => {}
                                Err(_) => return raise("missing-key", "no such key"),
                            },
                        }
                        Ok(V::Map(Rc::new(entries)))
                    }
                    V::Vec(items) => {
                        let V::Int(n) = key else { return type_error("an index is an Int") };
                        let Some(i) = place(n, items.len()) else {
                            if *optional && rest.is_empty() && matches!(f(None), Ok(None)) {
                                return Ok(v.clone());
                            }
                            return raise("out-of-range", "no such index");
                        };
                        let mut items = items.to_vec();
                        let new = if rest.is_empty() {
                            f(Some(&items[i]))?
                        } else {
                            Some(self.change(&items[i], rest, f)?)
                        };
                        match new {
                            Some(new) => items[i] = new,
                            None => drop(items.remove(i)),
                        }
                        Ok(V::vec(items))
                    }
                    V::Set(_) => Err(Stop::Unsupported("an element of a set as a place")),
                    _ => type_error("cannot be updated"),
                }
            }
        }
    }

    /// Changes several places of one collection, from the last to the first so that deletion keeps the others in place; `f` is
    /// called in order.
    fn change_each(&self, v: &V, keys: &[V], rest: &[Step], f: &mut Change) -> Eval {
        let mut changes = vec![];
        for key in keys {
            let old = self.get(v, key, false)?;
            let new =
                if rest.is_empty() { f(Some(&old))? } else { Some(self.change(&old, rest, f)?) };
            changes.push((key.clone(), new));
        }
        let mut v = v.clone();
        for (key, new) in changes.into_iter().rev() {
            let step = [Step::Key { key, optional: false }];
            v = self.change(&v, &step, &mut |_| Ok(new.clone()))?;
        }
        Ok(v)
    }
}

/// The keys and values of a Vec or Map.
fn parts(v: &V) -> Eval<Vec<(V, V)>> {
    Ok(match v {
        V::Vec(items) => {
            items.iter().enumerate().map(|(i, v)| (V::int(i as i64), v.clone())).collect()
        }
        V::Map(entries) => entries.to_vec(),
        _ => return type_error("no elements"),
    })
}

/// The place an index names, counted from the end when negative.
pub(super) fn place(n: &num_bigint::BigInt, len: usize) -> Option<usize> {
    let n = n.to_i64()?;
    let i = if n < 0 { n + len as i64 } else { n };
    (0..len as i64).contains(&i).then_some(i as usize)
}

/// The indices a range names; outside is an error unless it may clamp.
pub(super) fn range(range: &V, len: usize, clamp: bool) -> Eval<std::ops::Range<usize>> {
    let V::Range(start, end, inclusive) = range else { return type_error("not a range") };
    let place = |n: &num_bigint::BigInt| {
        n.to_i64()
            .map(|n| if n < 0 { n + len as i64 } else { n })
            .ok_or(Stop::Unsupported("large index"))
    };
    let start = start.as_ref().map_or(Ok(0), place)?;
    let end = match end {
        Some(end) => place(end)? + i64::from(*inclusive),
        None => len as i64,
    };
    let inside = |i: i64| 0 <= i && i <= len as i64;
    if !(clamp || inside(start) && inside(end)) {
        return raise("out-of-range", "no such range");
    }
    let (start, end) = (start.clamp(0, len as i64), end.clamp(0, len as i64));
    Ok(start as usize..end.max(start) as usize)
}
