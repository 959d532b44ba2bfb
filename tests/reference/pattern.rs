//! Patterns: whether a value fits, and which names it binds.

use super::*;

impl<'m> Machine<'m> {
    /// Binds the names of a pattern in the innermost scope; an error when the value does not fit.
    pub(super) fn bind(&self, pattern: &Pattern<'m>, v: &V, env: &mut Env) -> Eval<()> {
        let mut names = vec![];
        if !self.fits(pattern, v, env, &mut names)? {
            return raise("no-match", "pattern does not fit");
        }
        for (name, v) in names {
            env.bind(&name, v);
        }
        Ok(())
    }

    /// Whether a value fits; the names it gives are appended.
    pub(super) fn fits(
        &self,
        pattern: &Pattern<'m>,
        v: &V,
        env: &mut Env,
        names: &mut Vec<(String, V)>,
    ) -> Eval<bool> {
        self.step(1)?;
        Ok(match &pattern.kind {
            PatternKind::Wildcard => true,
            PatternKind::Bind(name) => {
                names.push((name.to_string(), v.clone()));
                true
            }
            PatternKind::Literal(literal) => equal(&literal_value(literal)?, v),
            PatternKind::Range { start, end, inclusive } => {
                let below = |a: &V, b: &V, or_equal: bool| {
                    ordered_alike(a, b) && {
                        let order = compare(a, b);
                        order.is_lt() || or_equal && order.is_eq()
                    }
                };
                let after_start = match start {
                    Some(start) => below(&literal_value(start)?, v, true),
                    None => true,
                };
                let before_end = match end {
                    Some(end) => below(v, &literal_value(end)?, *inclusive),
                    None => true,
                };
                after_start && before_end
            }
            PatternKind::Vec { items, rest } => {
                let V::Vec(found) = v else { return Ok(false) };
                let (head, tail) = match rest {
                    Some((place, _)) => (&items[..*place], &items[*place..]),
                    None => (&items[..], &items[..0]),
                };
                let fixed = head.len() + tail.len();
                if found.len() < fixed || rest.is_none() && found.len() > fixed {
                    return Ok(false);
                }
                let tail_start = found.len() - tail.len();
                for (p, x) in
                    head.iter().zip(found.iter()).chain(tail.iter().zip(&found[tail_start..]))
                {
                    if !self.fits(p, x, env, names)? {
                        return Ok(false);
                    }
                }
                if let Some((_, Some(name))) = rest {
                    names.push((
                        name.text.to_string(),
                        V::vec(found[head.len()..tail_start].to_vec()),
                    ));
                }
                true
            }
            PatternKind::Map { fields, rest } => {
                let entries = match v {
                    V::Map(entries) => entries.clone(),
                    V::Error(e) => Rc::new(vec![
                        (V::str("data"), e.data.clone()),
                        (V::str("kind"), V::str(&e.kind)),
                        (V::str("message"), V::str(&e.message)),
                    ]),
                    _ => return Ok(false),
                };
                if fields.is_empty() && rest.is_none() {
                    return Ok(entries.is_empty());
                }
                for field in *fields {
                    let value = match (find(&entries, &V::str(field.key.text)), &field.default) {
                        (Ok(i), _) => entries[i].1.clone(),
                        (Err(_), Some(default)) => self.eval(default, env)?,
                        (Err(_), None) => return Ok(false),
                    };
                    if !self.fits(field.pattern, &value, env, names)? {
                        return Ok(false);
                    }
                }
                if let Some(Some(name)) = rest {
                    let left = entries
                        .iter()
                        .filter(|(k, _)| !fields.iter().any(|f| equal(k, &V::str(f.key.text))))
                        .cloned()
                        .collect();
                    names.push((name.text.to_string(), V::Map(Rc::new(left))));
                }
                true
            }
            PatternKind::Or(options) => {
                let before = names.len();
                for option in *options {
                    if self.fits(option, v, env, names)? {
                        return Ok(true);
                    }
                    names.truncate(before);
                }
                false
            }
            PatternKind::Is(ty) => is(v, ty)?,
            PatternKind::As(inner, name) => {
                if !self.fits(inner, v, env, names)? {
                    return Ok(false);
                }
                names.push((name.text.to_string(), v.clone()));
                true
            }
            PatternKind::Error => return Err(Stop::Unsupported("pattern")),
        })
    }
}

/// Numbers of any type, or strings.
fn ordered_alike(a: &V, b: &V) -> bool {
    let number = |v: &V| matches!(v, V::Int(_) | V::Float(_) | V::Dec(..));
    number(a) && number(b) || a.type_name() == b.type_name()
}

fn literal_value(literal: &Literal) -> Eval {
    Ok(match literal {
        Literal::Null => V::Null,
        Literal::Bool(b) => V::Bool(*b),
        Literal::Number(n) => number(n)?,
        Literal::Str(s) => V::str(s),
    })
}

/// `v is T`, for built-in names, literals, `T?` and unions.
pub(super) fn is(v: &V, ty: &Type) -> Eval<bool> {
    Ok(match &ty.kind {
        TypeKind::Name(path) if path.len() == 1 => {
            path[0].text == "Any" || path[0].text == v.type_name()
        }
        TypeKind::Literal(literal) => equal(&literal_value(literal)?, v),
        TypeKind::Optional(inner) => matches!(v, V::Null) || is(v, inner)?,
        TypeKind::Union(options) => {
            for option in *options {
                if is(v, option)? {
                    return Ok(true);
                }
            }
            false
        }
        _ => return Err(Stop::Unsupported("type")),
    })
}
