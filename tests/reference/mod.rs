//! A second implementation of the language's core, for tests: a plain walk over the syntax tree.
//!
//! It is slow and obvious on purpose. Every value is immutable and shared by `Rc`, every update copies, a scope is a map from names to
//! values, an error is a Rust `Err`. It covers what the random programs use; whatever else it meets gives
//! [`Stop::Unsupported`], and the comparison passes over that program. Errors are compared by `kind`.

mod call;
mod method;
mod operator;
mod path;
mod pattern;
pub(crate) mod value;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use tansy_lang::ast::*;
use value::*;

/// Why evaluation left an expression without a value.
pub(crate) enum Stop {
    Throw(V),
    Return(V),
    Break,
    Continue,
    /// The program went beyond what is modelled here, or ran too long.
    Unsupported(&'static str),
}

type Eval<T = V> = Result<T, Stop>;

/// What a whole program did.
pub(crate) struct Outcome {
    /// Everything printed.
    pub output: String,
    /// The text of its value, or the kind of its error.
    pub result: Result<String, String>,
}

/// The names of one activation of a function, innermost scope last.
struct Env {
    scopes: Vec<HashMap<String, V>>,
    /// Running the body of the module itself, where a `let` is seen by functions.
    top: bool,
}

/// One run of one program.
pub(crate) struct Machine<'m> {
    globals: RefCell<HashMap<String, V>>,
    output: RefCell<String>,
    /// Functions of the tree, which values know by their numbers.
    code: RefCell<Vec<&'m Function<'m>>>,
}

fn raise<T>(kind: &str, message: impl Into<String>) -> Eval<T> {
    Err(Stop::Throw(V::Error(Rc::new(Raised {
        kind: kind.into(),
        message: message.into(),
        data: V::Null,
    }))))
}

fn type_error<T>(message: impl Into<String>) -> Eval<T> {
    raise("type-error", message)
}

/// Runs a program; None when it is beyond what is modelled.
pub(crate) fn run(module: &Module, steps: u64) -> Result<Outcome, &'static str> {
    allow(steps);
    let machine = Machine {
        globals: RefCell::default(),
        output: RefCell::default(),
        code: RefCell::default(),
    };
    for statement in module.body.statements {
        if let StatementKind::Function { name, function } = &statement.kind {
            let f = machine.closure(machine.code(function), vec![], vec![]);
            machine.globals.borrow_mut().insert(name.text.to_string(), f);
        }
    }
    let mut env = Env { scopes: vec![HashMap::new()], top: true };
    let result = match machine.statements(module.body.statements, &mut env) {
        Ok(v) | Err(Stop::Return(v)) => machine.text(&v).map_err(|_| "value too large"),
        Err(Stop::Throw(V::Error(e))) => {
            return Ok(Outcome {
                output: machine.output.into_inner(),
                result: Err(e.kind.clone()),
            });
        }
        Err(Stop::Throw(_)) => Err("a raw value was thrown"),
        Err(Stop::Break | Stop::Continue) => Err("break outside of a loop"),
        Err(Stop::Unsupported(what)) => Err(what),
    }?;
    Ok(Outcome { output: machine.output.into_inner(), result: Ok(result) })
}

impl Env {
    fn get(&self, name: &str) -> Option<&V> {
        self.scopes.iter().rev().find_map(|s| s.get(name))
    }

    fn set(&mut self, name: &str, v: V) {
        if let Some(place) = self.scopes.iter_mut().rev().find_map(|s| s.get_mut(name)) {
            *place = v;
        }
    }

    fn bind(&mut self, name: &str, v: V) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.into(), v);
        }
    }

    /// Every visible name with its value now: what a closure captures.
    fn snapshot(&self) -> Vec<(String, V)> {
        let mut all = HashMap::new();
        for scope in &self.scopes {
            all.extend(scope.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        all.into_iter().collect()
    }
}

impl<'m> Machine<'m> {
    fn step(&self, cost: u64) -> Eval<()> {
        if spend(cost) { Ok(()) } else { Err(Stop::Unsupported("too many steps")) }
    }

    /// The text of a value, unless it is enormous (a value may hold itself over and over).
    fn text(&self, v: &V) -> Eval<String> {
        self.weigh(v)?;
        Ok(text(v))
    }

    fn weigh(&self, v: &V) -> Eval<()> {
        self.step(1)?;
        match v {
            V::Vec(items) | V::Set(items) => items.iter().try_for_each(|x| self.weigh(x)),
            V::Map(entries) => entries.iter().try_for_each(|(k, x)| {
                self.weigh(k)?;
                self.weigh(x)
            }),
            V::Str(s) => self.step(s.len() as u64 / 16),
            V::Int(n) => self.step(n.bits() / 64),
            _ => Ok(()),
        }
    }

    fn code(&self, function: &'m Function<'m>) -> Code {
        let mut all = self.code.borrow_mut();
        let known = all.iter().position(|known| std::ptr::eq(*known, function));
        Code(known.unwrap_or_else(|| {
            all.push(function);
            all.len() - 1
        }))
    }

    fn function(&self, code: Code) -> &'m Function<'m> {
        self.code.borrow()[code.0]
    }

    fn closure(&self, code: Code, captured: Vec<(String, V)>, siblings: Vec<(String, Code)>) -> V {
        V::Fn(Rc::new(Closure { code, captured: Rc::new(captured), siblings: Rc::new(siblings) }))
    }

    // ---- statements

    fn block(&self, block: &Block<'m>, env: &mut Env) -> Eval {
        env.scopes.push(HashMap::new());
        let result = self.statements(block.statements, env);
        env.scopes.pop();
        result
    }

    fn statements(&self, statements: &[&'m Statement<'m>], env: &mut Env) -> Eval {
        let outermost = env.top && env.scopes.len() == 1;
        let mut value = V::Null;
        for (i, statement) in statements.iter().enumerate() {
            self.step(1)?;
            value = V::Null;
            match &statement.kind {
                StatementKind::Let { mutable, pattern, value, .. } => {
                    let v = self.eval(value, env)?;
                    let mut names = vec![];
                    if !self.fits(pattern, &v, env, &mut names)? {
                        return raise("no-match", "pattern does not fit");
                    }
                    for (name, v) in names {
                        if outermost && !*mutable {
                            self.globals.borrow_mut().insert(name.clone(), v.clone());
                        }
                        env.bind(&name, v);
                    }
                }
                StatementKind::Assign { place, op, value, .. } => {
                    self.assign(place, *op, value, env)?
                }
                StatementKind::Delete { place } => self.delete(place, env)?,
                StatementKind::For { pattern, iterable, body } => {
                    let items = self.elements(&self.eval(iterable, env)?)?;
                    for item in items {
                        env.scopes.push(HashMap::new());
                        let one =
                            self.bind(pattern, &item, env).and_then(|()| self.block(body, env));
                        env.scopes.pop();
                        match one {
                            Err(Stop::Break) => break,
                            Err(Stop::Continue) | Ok(_) => {}
                            Err(stop) => return Err(stop),
                        }
                    }
                }
                StatementKind::While { condition, body } => {
                    while self.truth(condition, env)? {
                        match self.block(body, env) {
                            Err(Stop::Break) => break,
                            Err(Stop::Continue) | Ok(_) => {}
                            Err(stop) => return Err(stop),
                        }
                    }
                }
                StatementKind::Function { name, function } => {
                    if !outermost {
                        let group = self.local_group(statements, i);
                        let captured = match group.first().and_then(|(first, _)| env.get(first)) {
                            // A later member of a group captures what the first one did.
                            Some(V::Fn(first)) => first.captured.as_ref().clone(),
                            _ => env.snapshot(),
                        };
                        let siblings: Vec<_> = group;
                        let code = self.code(function);
                        let f = self.closure(code, captured, siblings);
                        env.bind(name.text, f);
                    }
                }
                StatementKind::Assert { condition, .. } => {
                    if !self.truth(condition, env)? {
                        return raise("assertion", "assertion failed");
                    }
                }
                StatementKind::Expression(e) => value = self.eval(e, env)?,
                _ => return Err(Stop::Unsupported("statement")),
            }
        }
        Ok(value)
    }

    /// The run of `fn` statements that statement `i` belongs to.
    fn local_group(&self, statements: &[&'m Statement<'m>], i: usize) -> Vec<(String, Code)> {
        let is_fn = |s: &Statement| matches!(s.kind, StatementKind::Function { .. });
        let start = statements[..i].iter().rposition(|s| !is_fn(s)).map_or(0, |p| p + 1);
        statements[start..]
            .iter()
            .map_while(|s| match &s.kind {
                StatementKind::Function { name, function } => {
                    Some((name.text.to_string(), self.code(function)))
                }
                _ => None,
            })
            .collect()
    }

    fn truth(&self, condition: &Expr<'m>, env: &mut Env) -> Eval<bool> {
        match self.eval(condition, env)? {
            V::Bool(b) => Ok(b),
            _ => type_error("a condition must be a Bool"),
        }
    }

    /// What `for` and spreads walk over.
    fn elements(&self, v: &V) -> Eval<Vec<V>> {
        let items: Vec<V> = match v {
            V::Vec(items) | V::Set(items) => items.to_vec(),
            V::Map(entries) => {
                entries.iter().map(|(k, v)| V::vec(vec![k.clone(), v.clone()])).collect()
            }
            V::Str(s) => s.chars().map(|c| V::str(c.to_string())).collect(),
            V::Range(Some(a), Some(b), inclusive) => {
                let (Some(a), Some(b)) = (a.to_i64(), b.to_i64()) else {
                    return Err(Stop::Unsupported("large range"));
                };
                self.step(b.saturating_sub(a).max(0) as u64)?;
                if *inclusive {
                    (a..=b).map(V::int).collect()
                } else {
                    (a..b).map(V::int).collect()
                }
            }
            V::Range(..) => return Err(Stop::Unsupported("open range")),
            _ => return type_error("cannot be walked over"),
        };
        self.step(items.len() as u64)?;
        Ok(items)
    }

    // ---- expressions

    fn eval(&self, e: &Expr<'m>, env: &mut Env) -> Eval {
        self.step(1)?;
        Ok(match &e.kind {
            ExprKind::Null => V::Null,
            ExprKind::Bool(b) => V::Bool(*b),
            ExprKind::Number(n) => number(n)?,
            ExprKind::Str(s) => V::str(s),
            ExprKind::Format(parts) => {
                let mut out = String::new();
                for part in *parts {
                    match part {
                        FormatPart::Text(t) => out.push_str(t),
                        FormatPart::Hole { value, spec } => {
                            let v = self.eval(value, env)?;
                            self.weigh(&v)?;
                            match spec {
                                None => out.push_str(&text(&v)),
                                Some(spec) => out.push_str(&operator::format(&v, spec)?),
                            }
                        }
                    }
                }
                V::str(out)
            }
            ExprKind::Name(name) => self.name(name, env)?,
            ExprKind::Vec(items) => V::vec(self.list(items, env)?),
            ExprKind::Set(items) => {
                let mut set = vec![];
                for item in self.list(items, env)? {
                    check_key(&item)?;
                    add(&mut set, item);
                }
                V::Set(Rc::new(set))
            }
            ExprKind::Map(entries) => {
                let mut map = vec![];
                for entry in *entries {
                    self.entry(entry, &mut map, env)?;
                }
                V::Map(Rc::new(map))
            }
            ExprKind::VecComprehension(item, clauses) => {
                let mut out = vec![];
                self.clauses(clauses, env, &mut |env| {
                    out.extend(self.list(std::slice::from_ref(*item), env)?);
                    Ok(())
                })?;
                V::vec(out)
            }
            ExprKind::SetComprehension(item, clauses) => {
                let mut out = vec![];
                self.clauses(clauses, env, &mut |env| {
                    for v in self.list(std::slice::from_ref(*item), env)? {
                        check_key(&v)?;
                        add(&mut out, v);
                    }
                    Ok(())
                })?;
                V::Set(Rc::new(out))
            }
            ExprKind::MapComprehension(entry, clauses) => {
                let mut out = vec![];
                self.clauses(clauses, env, &mut |env| self.entry(entry, &mut out, env))?;
                V::Map(Rc::new(out))
            }
            ExprKind::Range { start, end, inclusive } => {
                let mut bound = |e: &Option<&'m Expr<'m>>| match e {
                    None => Ok(None),
                    Some(e) => match self.eval(e, env)? {
                        V::Int(n) => Ok(Some(n)),
                        _ => type_error("the ends of a range are Ints"),
                    },
                };
                V::Range(bound(start)?, bound(end)?, *inclusive)
            }
            ExprKind::Unary { op, operand } => {
                let v = self.eval(operand, env)?;
                operator::unary(*op, &v)?
            }
            ExprKind::Binary { op, sides, .. } => {
                let (left, right) = *sides;
                let a = self.eval(left, env)?;
                let b = self.eval(right, env)?;
                self.binary(*op, &a, &b)?
            }
            ExprKind::Compare { first, rest } => {
                let mut left = self.eval(first, env)?;
                for (op, _, right) in *rest {
                    let right = self.eval(right, env)?;
                    if !operator::compares(*op, &left, &right)? {
                        return Ok(V::Bool(false));
                    }
                    left = right;
                }
                V::Bool(true)
            }
            ExprKind::Logic { op, sides, .. } => {
                let (left, right) = *sides;
                match op {
                    LogicOp::Coalesce => match self.eval(left, env)? {
                        V::Null => self.eval(right, env)?,
                        v => v,
                    },
                    // The right side may be a tail call, so what it gives is not looked at here.
                    LogicOp::And if self.truth(left, env)? => self.eval(right, env)?,
                    LogicOp::And => V::Bool(false),
                    LogicOp::Or if self.truth(left, env)? => V::Bool(true),
                    LogicOp::Or => self.eval(right, env)?,
                }
            }
            ExprKind::Is { value, negated, ty } => {
                let v = self.eval(value, env)?;
                V::Bool(pattern::is(&v, ty)? != *negated)
            }
            ExprKind::Pipe { value, call } => {
                let v = self.eval(value, env)?;
                match &call.kind {
                    ExprKind::Call { callee, arguments } => {
                        self.call(callee, Some(v), arguments, env)?
                    }
                    _ => return Err(Stop::Unsupported("pipe")),
                }
            }
            ExprKind::Paren(e) => self.eval(e, env)?,
            ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Each { .. } => {
                self.read(e, env)?
            }
            ExprKind::Call { callee, arguments } => self.call(callee, None, arguments, env)?,
            ExprKind::With { base, items, .. } => self.with(base, items, env)?,
            ExprKind::If { arms, otherwise } => {
                for (condition, then) in *arms {
                    if self.truth(condition, env)? {
                        return self.block(then, env);
                    }
                }
                match otherwise {
                    Some(block) => self.block(block, env)?,
                    None => V::Null,
                }
            }
            ExprKind::Match { subject, arms } => {
                let v = self.eval(subject, env)?;
                for arm in *arms {
                    let mut names = vec![];
                    if !self.fits(arm.pattern, &v, env, &mut names)? {
                        continue;
                    }
                    env.scopes.push(names.into_iter().collect());
                    let result = match &arm.guard {
                        Some(guard) => self.truth(guard, env),
                        None => Ok(true),
                    }
                    .and_then(|yes| {
                        if yes { self.eval(arm.body, env).map(Some) } else { Ok(None) }
                    });
                    env.scopes.pop();
                    if let Some(v) = result? {
                        return Ok(v);
                    }
                }
                return raise("no-match", "no arm fits");
            }
            ExprKind::Try { body, pattern, handler } => {
                let depth = env.scopes.len();
                match self.block(body, env) {
                    Err(Stop::Throw(error)) => {
                        env.scopes.truncate(depth);
                        env.scopes.push(HashMap::new());
                        let result =
                            self.bind(pattern, &error, env).and_then(|()| self.block(handler, env));
                        env.scopes.pop();
                        return result;
                    }
                    other => return other,
                }
            }
            ExprKind::Do(block) => self.block(block, env)?,
            ExprKind::Function(function) => {
                self.closure(self.code(function), env.snapshot(), vec![])
            }
            ExprKind::Throw(e) => {
                let v = self.eval(e, env)?;
                return Err(Stop::Throw(thrown(v)));
            }
            ExprKind::Return(e) => {
                let v = match e {
                    Some(e) => self.eval(e, env)?,
                    None => V::Null,
                };
                return Err(Stop::Return(v));
            }
            ExprKind::Break => return Err(Stop::Break),
            ExprKind::Continue => return Err(Stop::Continue),
            ExprKind::Getter(_) | ExprKind::Error => return Err(Stop::Unsupported("expression")),
        })
    }

    fn binary(&self, op: BinaryOp, a: &V, b: &V) -> Eval {
        let v = operator::binary(op, a, b)?;
        self.step(match &v {
            V::Vec(items) => items.len() as u64,
            V::Str(s) => s.len() as u64 / 16,
            V::Int(n) => n.bits() / 64,
            _ => 0,
        })?;
        Ok(v)
    }

    fn name(&self, name: &str, env: &Env) -> Eval {
        if let Some(v) = env.get(name) {
            return Ok(v.clone());
        }
        match self.globals.borrow().get(name) {
            Some(v) => Ok(v.clone()),
            None => Err(Stop::Unsupported("a name that is not set")),
        }
    }

    fn list(&self, items: &[Element<'m>], env: &mut Env) -> Eval<Vec<V>> {
        let mut out = vec![];
        for item in items {
            match item {
                Element::Item(e) => out.push(self.eval(e, env)?),
                Element::Spread(e) => {
                    let v = self.eval(e, env)?;
                    out.extend(self.elements(&v)?);
                }
            }
        }
        Ok(out)
    }

    fn entry(&self, entry: &Entry<'m>, map: &mut Vec<(V, V)>, env: &mut Env) -> Eval<()> {
        match entry {
            Entry::Field { key, value } => {
                let v = self.eval(value, env)?;
                put(map, V::str(key.text), v);
            }
            Entry::Pair { key, value } => {
                let k = self.eval(key, env)?;
                let v = self.eval(value, env)?;
                check_key(&k)?;
                put(map, k, v);
            }
            Entry::Spread(e) => match self.eval(e, env)? {
                V::Map(entries) => {
                    for (k, v) in entries.iter() {
                        put(map, k.clone(), v.clone());
                    }
                }
                _ => return type_error("only a map can be spread into a map"),
            },
            Entry::Error => return Err(Stop::Unsupported("entry")),
        }
        Ok(())
    }

    fn clauses(
        &self,
        clauses: &[Clause<'m>],
        env: &mut Env,
        each: &mut dyn FnMut(&mut Env) -> Eval<()>,
    ) -> Eval<()> {
        match clauses.split_first() {
            None => each(env),
            Some((Clause::If(condition), rest)) => {
                if self.truth(condition, env)? {
                    self.clauses(rest, env, each)
                } else {
                    Ok(())
                }
            }
            Some((Clause::For { pattern, iterable }, rest)) => {
                let v = self.eval(iterable, env)?;
                for item in self.elements(&v)? {
                    env.scopes.push(HashMap::new());
                    let result =
                        self.bind(pattern, &item, env).and_then(|()| self.clauses(rest, env, each));
                    env.scopes.pop();
                    result?;
                }
                Ok(())
            }
        }
    }
}

/// A literal number.
fn number(n: &Number) -> Eval {
    Ok(match n {
        Number::Int(n) => V::int(*n),
        Number::Big(n) => V::Int(BigInt::from_signed_bytes_le(n)),
        Number::Float(f) => V::Float(*f),
        Number::Decimal(text) => {
            let scale = text.split_once('.').map_or(0, |(_, part)| part.len());
            match text.replace('.', "").parse() {
                Ok(digits) => V::Dec(digits, scale as u32),
                Err(_) => return Err(Stop::Unsupported("decimal literal")),
            }
        }
    })
}

fn check_key(key: &V) -> Eval<()> {
    if key.orderable() { Ok(()) } else { type_error("not a key") }
}

/// What `catch` sees of a thrown value.
fn thrown(v: V) -> V {
    let raised = match &v {
        V::Error(_) => return v,
        V::Map(entries) => {
            let get = |key: &str| find(entries, &V::str(key)).ok().map(|i| entries[i].1.clone());
            Raised {
                kind: get("kind").map_or("thrown".into(), |k| text(&k)),
                message: get("message").map_or(String::new(), |m| text(&m)),
                data: get("data").unwrap_or_else(|| v.clone()),
            }
        }
        _ => Raised { kind: "thrown".into(), message: text(&v), data: v.clone() },
    };
    V::Error(Rc::new(raised))
}
