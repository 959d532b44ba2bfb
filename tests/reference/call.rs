//! Calls, and how arguments find their parameters.

use super::*;

impl<'m> Machine<'m> {
    pub(super) fn call(
        &self,
        callee: &Expr<'m>,
        piped: Option<V>,
        arguments: &[Argument<'m>],
        env: &mut Env,
    ) -> Eval {
        // What is called comes first, then the arguments from left to right.
        enum Target {
            Value(V),
            Method(V, String),
            Builtin(String),
        }
        let target = match &callee.kind {
            ExprKind::Field { parts, optional: false } => {
                Target::Method(self.eval(parts.0, env)?, parts.1.text.to_string())
            }
            ExprKind::Name(name)
                if env.get(name).is_none() && !self.globals.borrow().contains_key(&**name) =>
            {
                Target::Builtin(name.to_string())
            }
            _ => Target::Value(self.eval(callee, env)?),
        };
        let mut positional: Vec<V> = piped.into_iter().collect();
        let mut named = vec![];
        for argument in arguments {
            match argument {
                Argument::Value(e) => positional.push(self.eval(e, env)?),
                Argument::Named(name, e) => named.push((name.text.to_string(), self.eval(e, env)?)),
                Argument::Spread(e) => {
                    let v = self.eval(e, env)?;
                    positional.extend(self.elements(&v)?);
                }
            }
        }
        match target {
            Target::Value(V::Fn(f)) => self.apply_named(&f, positional, named),
            Target::Value(_) => type_error("not a function"),
            Target::Method(receiver, name) if named.is_empty() => {
                self.method(&receiver, &name, &positional)
            }
            Target::Builtin(name) if named.is_empty() => self.builtin(&name, &positional),
            _ => Err(Stop::Unsupported("named arguments of a built-in")),
        }
    }

    /// Calls a function value with arguments by position.
    pub(super) fn apply(&self, f: &V, arguments: Vec<V>) -> Eval {
        match f {
            V::Fn(f) => self.apply_named(f, arguments, vec![]),
            _ => type_error("not a function"),
        }
    }

    pub(super) fn apply_named(
        &self,
        f: &Rc<Closure>,
        positional: Vec<V>,
        named: Vec<(String, V)>,
    ) -> Eval {
        self.step(2 + f.captured.len() as u64)?;
        let code = self.function(f.code);
        let parameters = code.parameters;
        let mut env =
            Env { scopes: vec![f.captured.iter().cloned().collect(), HashMap::new()], top: false };
        for (name, code) in f.siblings.iter() {
            let sibling =
                Closure { code: *code, captured: f.captured.clone(), siblings: f.siblings.clone() };
            env.bind(name, V::Fn(Rc::new(sibling)));
        }
        env.scopes.push(HashMap::new());
        let fixed = parameters.iter().filter(|p| !p.rest).count();
        let has_rest = fixed < parameters.len();
        if positional.len() > fixed && !has_rest {
            return raise("argument", "too many arguments");
        }
        let mut given: Vec<Option<V>> = positional.iter().take(fixed).cloned().map(Some).collect();
        given.resize_with(fixed, || None);
        for (name, v) in named {
            let place = parameters
                .iter()
                .position(|p| matches!(&p.pattern.kind, PatternKind::Bind(n) if *n == name));
            match place {
                Some(i) if i < fixed && given[i].is_none() => given[i] = Some(v),
                _ => return raise("argument", "unknown or repeated named argument"),
            }
        }
        if parameters.iter().zip(&given).any(|(p, g)| g.is_none() && p.default.is_none()) {
            return raise("argument", "too few arguments");
        }
        let body = (|| {
            for (parameter, given) in parameters.iter().zip(given) {
                let v = match (given, &parameter.default) {
                    (Some(v), _) => v,
                    (None, Some(default)) => self.eval(default, &mut env)?,
                    (None, None) => V::Null,
                };
                self.bind(parameter.pattern, &v, &mut env)?;
            }
            if has_rest && let Some(last) = parameters.last() {
                let rest = V::vec(positional.into_iter().skip(fixed).collect());
                self.bind(last.pattern, &rest, &mut env)?;
            }
            self.block(code.body, &mut env)
        })();
        match body {
            Err(Stop::Return(v)) => Ok(v),
            other => other,
        }
    }
}
