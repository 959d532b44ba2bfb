//! Statements: declarations, updates through paths, loops, functions, and whatever may show an update to the wrong eyes.

use super::*;

impl Generator {
    /// `let name = …` or `var name = …`
    pub(super) fn declare(&mut self, ty: Ty, mutable: bool) -> Item {
        self.budget = 40;
        let value = self.expr(ty, 2);
        let name = self.name_to_declare();
        self.bind(&name, ty, mutable);
        Item::Line(format!("{} {name} = {value}", if mutable { "var" } else { "let" }))
    }

    /// Mostly a new name; inside blocks sometimes one that hides an outer one.
    fn name_to_declare(&mut self) -> String {
        if self.scopes.len() > 1 && self.rng.chance(25) {
            let here = self.scopes.last().cloned().unwrap_or_default();
            let outer: Vec<Var> = self
                .visible()
                .into_iter()
                .filter(|v| !here.iter().any(|h| h.name == v.name))
                .collect();
            if let Some(v) = self.rng.pick(&outer) {
                return v.name.clone();
            }
        }
        self.fresh()
    }

    fn block(&mut self, depth: usize, count: usize) -> Vec<Item> {
        self.scopes.push(vec![]);
        let items = self.statements(depth, count);
        self.scopes.pop();
        items
    }

    fn statements(&mut self, depth: usize, count: usize) -> Vec<Item> {
        let mut items = vec![];
        for _ in 0..1 + self.rng.below(count) {
            self.statement(&mut items, depth);
        }
        items
    }

    /// Adds one statement, or a few that belong together.
    pub(super) fn statement(&mut self, items: &mut Vec<Item>, depth: usize) {
        self.budget = 30;
        let nested = depth >= 3;
        let first = items.len();
        match self.rng.below(if nested { 62 } else { 100 }) {
            0..=9 => {
                let ty = self.any_type();
                let mutable = self.rng.chance(60);
                items.push(self.declare(ty, mutable));
            }
            10..=14 => {
                // A second name for a collection, then an update of the first.
                if let Some(v) = self.writable(is_collection) {
                    let name = self.fresh();
                    items.push(Item::Line(format!("let {name} = {}", v.name)));
                    self.bind(&name, v.ty, false);
                    self.update(items, &v);
                }
            }
            15..=34 => {
                if let Some(v) = self.writable(is_collection) {
                    self.update(items, &v);
                }
            }
            35..=41 => {
                if let Some(v) = self.writable(|_| true) {
                    let value = self.expr(v.ty, 3);
                    items.push(Item::Line(format!("{} = {value}", v.name)));
                }
            }
            42..=45 => self.destructure(items),
            46..=47 => self.self_call(items),
            48 => self.add_up(items),
            49 => self.short_calls(items),
            50..=51 => {
                let ty = self.any_type();
                let value = self.expr(ty, 2);
                items.push(Item::Line(format!("print({value})")));
            }
            52..=54 => {
                if self.rng.chance(50) {
                    let value = self.expr(Ty::Function, 3);
                    let name = self.fresh();
                    items.push(Item::Line(format!("let {name} = {value}")));
                    self.bind(&name, Ty::Function, false);
                } else if self.loops > 0 {
                    let c = self.expr(Ty::Bool, 1);
                    let word = if self.rng.chance(50) { "break" } else { "continue" };
                    items.push(Item::Line(format!("if {c} {{ {word} }}")));
                }
            }
            55..=58 => {
                if let Some(v) =
                    self.writable(|ty| matches!(ty, Ty::Int | Ty::Str | Ty::Float | Ty::Decimal))
                {
                    let (op, ty) = match v.ty {
                        Ty::Int => (["+=", "-=", "*=", "%="][self.rng.below(4)], Ty::Int),
                        ty => ("+=", ty),
                    };
                    let value = self.expr(ty, 2);
                    items.push(Item::Line(format!("{} {op} {value}", v.name)));
                }
            }
            59..=61 => {
                // Two variables change places.
                let ty = self.any_type();
                if let (Some(a), Some(b)) = (self.writable(|t| t == ty), self.writable(|t| t == ty))
                    && a.name != b.name
                {
                    let name = self.fresh();
                    items.push(Item::Line(format!("let {name} = {}", a.name)));
                    items.push(Item::Line(format!("{} = {}", a.name, b.name)));
                    items.push(Item::Line(format!("{} = {name}", b.name)));
                }
            }
            62..=71 => self.for_loop(items, depth),
            72..=75 => {
                if self.nesting < 2 {
                    let name = self.fresh();
                    let bound = 1 + self.rng.below(5);
                    items.push(Item::Line(format!("var {name} = 0")));
                    self.nesting += 1;
                    self.loops += 1;
                    self.scopes.push(vec![]);
                    let mut body = vec![Item::Line(format!("{name} += 1"))];
                    body.extend(self.statements(depth + 1, 4));
                    self.scopes.pop();
                    self.loops -= 1;
                    self.nesting -= 1;
                    items.push(Item::Block {
                        head: format!("while {name} < {bound}"),
                        body,
                        second: None,
                        tail: String::new(),
                    });
                }
            }
            76..=81 => {
                let c = self.expr(Ty::Bool, 2);
                let body = self.block(depth + 1, 3);
                let second =
                    self.rng.chance(50).then(|| ("else".to_string(), self.block(depth + 1, 3)));
                items.push(Item::Block {
                    head: format!("if {c}"),
                    body,
                    second,
                    tail: String::new(),
                });
            }
            82..=90 => {
                let mut body = self.block(depth + 1, 4);
                if self.rng.chance(20) {
                    body.push(Item::Line("throw {kind: \"thrown\", data: [1]}".into()));
                }
                let name = self.fresh();
                let mut handler = vec![Item::Line(format!("print({name}.kind)"))];
                handler.extend(self.block(depth + 1, 2));
                items.push(Item::Block {
                    head: "try".into(),
                    body,
                    second: Some((format!("catch {name}"), handler)),
                    tail: String::new(),
                });
            }
            _ => self.function(items, depth),
        }
        // Most of what may fail at the top stands in a `try`, so that the program goes on.
        if depth == 0 && self.rng.chance(90) {
            let declares = |item: &Item| match item {
                Item::Line(text) => text.starts_with("let ") || text.starts_with("var "),
                Item::Block { head, .. } => head.starts_with("fn "),
            };
            for item in items[first..].iter_mut().filter(|i| !declares(i)) {
                let name = self.fresh();
                *item = Item::Block {
                    head: "try".into(),
                    body: vec![item.clone()],
                    second: Some((
                        format!("catch {name}"),
                        vec![Item::Line(format!("print(\"caught\", {name}.kind)"))],
                    )),
                    tail: String::new(),
                };
            }
        }
    }

    /// An update of a collection through a path.
    fn update(&mut self, items: &mut Vec<Item>, v: &Var) {
        let n = &v.name;
        let int = self.expr(Ty::Int, 2);
        let small = self.rng.below(4);
        let any = self.any_type();
        let pick = self.rng.below(14);
        let text = match v.ty {
            Ty::Ints => match pick {
                0 | 1 => format!("{n}[0] = {int}"),
                2 => format!("{n}[-1] += {int}"),
                3 => format!("{n}[{small}] *= 2"),
                4 => format!("{n} .= push({int})"),
                5 => format!("{n} = {n}.push({int})"),
                6 => format!("{n}[*] += 1"),
                7 => format!("{n}[|e| e > {small}] = {int}"),
                8 => format!("delete {n}[{small}]"),
                9 => format!("{n} += {n}"),
                10 => format!("{n}[1..] = {int}"),
                11 => format!("{n}[{n}[0]] = {int}"),
                _ => format!("{n}[0] = {n}.len()"),
            },
            Ty::List => match pick {
                0 | 1 => format!("{n}[0] = {n}"),
                2 => format!("{n}[-1] = {}", self.expr(any, 2)),
                3 | 4 => format!("{n} .= push({n})"),
                5 => format!("{n} = {n}.push({})", self.expr(any, 2)),
                6 => format!("{n}[{small}] = [{n}[0], {n}[0]]"),
                7 => format!("delete {n}[{small}]"),
                8 => format!("{n} += [{}]", self.expr(any, 1)),
                9 => format!("{n} = [{n}, {n}]"),
                10 => format!("{n}[0] += {n}"),
                11 => format!("{n}[*] = {n}"),
                _ => format!("{n}[0] = {}", self.expr(Ty::Ints, 1)),
            },
            Ty::Record => match pick {
                0 => format!("{n}.a += {int}"),
                1 => format!("{n}.b[0] = {int}"),
                2 => format!("{n}.b .= push({int})"),
                3 => format!("{n}.c.d -= {int}"),
                4 => format!("{n}.c.e = {}", self.expr(Ty::List, 2)),
                5 => format!("{n}.c.e .= push({n})"),
                6 => format!("{n}.s = {n}"),
                7 => format!("{n}.c.s = {n}.c"),
                8 => format!("{n}?.t?.u = {int}"),
                9 => format!("{n}.k ??= {int}"),
                10 => format!("{n}.b = {n}.b + {n}.b"),
                11 => format!("{n}.b += {n}.b"),
                12 => format!("{n}.c.e += {n}.c.e"),
                _ => format!("{n} = {n} with {{ a *= 2, b[0] = {int}, k = {n}.a }}"),
            },
            Ty::Records => match pick {
                0 | 1 => format!("{n}[0].a = {int}"),
                2 => format!("{n}[*].a += {int}"),
                3 => format!("{n}[|e| e.a > {small}].c.d = {int}"),
                4 => format!("{n}[0] = {n}[-1]"),
                5 => format!("{n}[*].b .= push({int})"),
                6 => format!("{n}[0].b[*] *= 2"),
                7 => format!("{n}[0].s = {n}"),
                8 => format!("delete {n}[-1].a"),
                9 => format!("{n} .= push({n}[0])"),
                10 => format!("{n}[0].c.e += {n}"),
                _ => format!("{n}[-1].c.e = {}", self.expr(Ty::List, 1)),
            },
            Ty::Dict => match pick {
                0..=3 => format!("{n}[{int}] = {}", self.expr(Ty::Int, 1)),
                4 => format!("{n}[{small}] += {int}"),
                5 => format!("delete {n}[{small}]"),
                6 => format!("delete {n}?[{small}]"),
                7 => format!("{n}[*] += 1"),
                8 => format!("{n}[|k, e| k > e] = 0"),
                9 => format!("{n} |= {}", self.expr(Ty::Dict, 1)),
                10 => format!("{n} -= {}", self.expr(Ty::Set, 1)),
                11 => format!("{n}[{n}] = {small}"),
                12 => format!("{n}[{n}.len()] = {n}?[{small}] ?? 0"),
                _ => format!("{n}[{small}] ??= {int}"),
            },
            Ty::Words => {
                let key = self.expr(Ty::Str, 1);
                match pick {
                    0..=3 => format!("{n}[{key}] = {int}"),
                    4 => format!("{n}[f\"k{{({int}) % 101}}\"] = {small}"),
                    5 => format!("delete {n}?[{key}]"),
                    6 => format!("delete {n}?.k{small}"),
                    7 => format!("{n}[*] += 1"),
                    8 => format!("{n}[|k, e| e > {small}] = {int}"),
                    9 => format!("{n} |= {}", self.expr(Ty::Words, 1)),
                    10 => format!("{n} -= #{{{key}}}"),
                    11 => format!("{n}.a = {int}"),
                    12 => format!("{n}.k{small} += 1"),
                    _ => format!("{n}[{key}] ??= {int}"),
                }
            }
            Ty::Set => match pick {
                0..=3 => format!("{n} .= insert({int})"),
                4..=6 => format!("{n} |= {}", self.expr(Ty::Set, 1)),
                7 | 8 => format!("{n} -= #{{{small}}}"),
                9 => format!("{n} &= {}", self.expr(Ty::Set, 1)),
                _ => format!("{n} = {n}.discard({small})"),
            },
            _ => return,
        };
        items.push(Item::Line(text));
    }

    /// Parts of a value that may or may not be needed afterwards.
    fn destructure(&mut self, items: &mut Vec<Item>) {
        let word = if self.rng.chance(50) { "let" } else { "var" };
        let mutable = word == "var";
        let (a, b) = (self.fresh(), self.fresh());
        let text = match self.rng.below(4) {
            0 => {
                let value = self.expr(Ty::Record, 1);
                self.bind(&a, Ty::Ints, mutable);
                self.bind(&b, Ty::List, mutable);
                format!("{word} {{b: {a}, c: {{e: {b}}}}} = {value}")
            }
            1 => {
                let value = self.expr(Ty::Ints, 1);
                self.bind(&a, Ty::Int, mutable);
                self.bind(&b, Ty::Ints, mutable);
                format!("{word} [{a}, ...{b}] = [1, ...{value}]")
            }
            2 => {
                let (x, y) = (self.any_type(), self.any_type());
                let value = format!("[{}, {}]", self.expr(x, 1), self.expr(y, 1));
                self.bind(&a, x, mutable);
                self.bind(&b, y, mutable);
                format!("{word} [{a}, {b}] = {value}")
            }
            _ => {
                let value = self.expr(Ty::Record, 1);
                self.bind(&a, Ty::Int, mutable);
                self.bind(&b, Ty::Record, mutable);
                format!("{word} {{a: {a}, ...}} as {b} = {value}").replace(", ...}", "}")
            }
        };
        items.push(Item::Line(text));
    }

    /// `x = f(x, x)`
    fn self_call(&mut self, items: &mut Vec<Item>) {
        let all: Vec<Signature> = self.functions.clone();
        let Some(f) = self.rng.pick(&all).cloned() else { return };
        let Some(v) = self.writable(|ty| ty == f.result) else { return };
        let arguments: Vec<String> = f
            .parameters
            .iter()
            .map(|ty| if *ty == v.ty { v.name.clone() } else { self.expr(*ty, 1) })
            .collect();
        items.push(Item::Line(format!("{} = {}({})", v.name, f.name, arguments.join(", "))));
    }

    fn for_loop(&mut self, items: &mut Vec<Item>, depth: usize) {
        if self.nesting >= if self.large { 1 } else { 2 } {
            return;
        }
        let (a, b) = (self.fresh(), self.fresh());
        // A variable that the body will change, walked over.
        let walked = self.writable(|ty| {
            matches!(ty, Ty::Ints | Ty::Dict | Ty::Words | Ty::Record | Ty::Set | Ty::Records)
        });
        let (head, names) = match (self.rng.below(6), walked) {
            (0, _) => (format!("for {a} in 0..{}", self.rng.below(6)), vec![(a, Ty::Int)]),
            (1, _) => (format!("for {a} in {}", self.expr(Ty::Ints, 2)), vec![(a, Ty::Int)]),
            (2, _) => (format!("for {a} in {}", self.expr(Ty::Str, 1)), vec![(a, Ty::Str)]),
            (3, _) => (
                format!("for [{a}, {b}] in {}", self.expr(Ty::Dict, 2)),
                vec![(a, Ty::Int), (b, Ty::Int)],
            ),
            (_, Some(v)) => {
                let n = v.name;
                match v.ty {
                    Ty::Dict => {
                        (format!("for [{a}, {b}] in {n}"), vec![(a, Ty::Int), (b, Ty::Int)])
                    }
                    Ty::Words => {
                        (format!("for [{a}, {b}] in {n}"), vec![(a, Ty::Str), (b, Ty::Int)])
                    }
                    Ty::Record => (format!("for [{a}, _] in {n}"), vec![(a, Ty::Str)]),
                    Ty::Records => (format!("for {a} in {n}"), vec![(a, Ty::Record)]),
                    _ => (format!("for {a} in {n}"), vec![(a, Ty::Int)]),
                }
            }
            _ => (format!("for {a} in 1..=3"), vec![(a, Ty::Int)]),
        };
        self.nesting += 1;
        self.loops += 1;
        self.scopes.push(vec![]);
        for (name, ty) in &names {
            self.bind(name, *ty, false);
        }
        let mut body = vec![];
        if let Some(n) = head.split(" in ").nth(1)
            && let Some(v) = self
                .visible()
                .into_iter()
                .find(|v| v.name == n && v.mutable && v.level == self.level)
        {
            self.update(&mut body, &v);
            if v.ty == Ty::Dict {
                body.push(Item::Line(format!("{n}[{} + 1] = {}", names[0].0, names[1].0)));
            }
            if self.rng.chance(20) {
                // Gone through again while it is gone through.
                let inner = self.fresh();
                let seen = Item::Line(format!("print({inner})"));
                let stop = Item::Line("break".into());
                body.push(Item::Block {
                    head: format!("for {inner} in {n}"),
                    body: vec![seen, stop],
                    second: None,
                    tail: String::new(),
                });
            }
        }
        body.extend(self.statements(depth + 1, 4));
        self.scopes.pop();
        self.loops -= 1;
        self.nesting -= 1;
        items.push(Item::Block { head, body, second: None, tail: String::new() });
    }

    /// A loop that does nothing but adding up.
    fn add_up(&mut self, items: &mut Vec<Item>) {
        let Some(sum) = self.writable(|ty| ty == Ty::Int) else { return };
        let element = self.fresh();
        let (pattern, source) = match self.rng.below(4) {
            0 => (element.clone(), self.expr(Ty::Ints, 2)),
            1 => (element.clone(), self.expr(Ty::Set, 2)),
            2 => (format!("[_, {element}]"), self.expr(Ty::Dict, 2)),
            _ => (element.clone(), "[3, 4, 9223372036854775807, 5, 2.5, 1]".into()),
        };
        items.push(Item::Block {
            head: format!("for {pattern} in {source}"),
            body: vec![Item::Line(format!("{} += {element}", sum.name))],
            second: None,
            tail: String::new(),
        });
    }

    /// A function; at the top it sees functions and `let`s only.
    fn function(&mut self, items: &mut Vec<Item>, depth: usize) {
        if self.nesting > 0 && depth > 1 {
            return;
        }
        let name = self.fresh();
        let count = 1 + self.rng.below(3);
        let mut parameters: Vec<Ty> = (0..count).map(|_| self.any_type()).collect();
        let result = self.any_type();
        if self.rng.chance(60) {
            parameters[0] = result;
            if count > 1 {
                parameters[1] = result;
            }
        }
        let outer = self.scopes.clone();
        let functions = self.functions.clone();
        let at_top = self.level == 0 && self.scopes.len() == 1;
        if at_top {
            for scope in &mut self.scopes {
                scope.retain(|v| v.global);
            }
        }
        // Recursive: counts down in a last parameter, the call in tail position.
        let recursive = self.rng.chance(30) && parameters.contains(&result);
        let mut names = vec![];
        let mut body = vec![];
        let optional = if recursive { 0 } else { self.rng.below(2) };
        let mut default = String::new();
        self.inside_function(|g| {
            for (i, ty) in parameters.iter().enumerate() {
                if optional == 1 && i + 1 == parameters.len() {
                    default = format!(" = {}", g.expr(*ty, 1));
                }
                let parameter = g.fresh();
                g.bind(&parameter, *ty, false);
                names.push(parameter);
            }
            // Parameters are names for values; a `var` of the body takes over what is to be changed.
            for (i, ty) in parameters.clone().into_iter().enumerate().take(2) {
                if is_collection(ty) {
                    let local = g.fresh();
                    body.push(Item::Line(format!("var {local} = {}", names[i])));
                    g.bind(&local, ty, true);
                }
            }
            if recursive {
                body.extend(g.statements(3, 3));
                let count_down = g.fresh();
                let accumulator = parameters.iter().position(|ty| *ty == result).unwrap_or(0);
                let next: Vec<String> = parameters.iter().map(|ty| g.expr(*ty, 1)).collect();
                let value = g.readable(result).map_or(names[accumulator].clone(), |v| v.name);
                body.push(Item::Line(format!("if {count_down} <= 0 {{ return {value} }}")));
                body.push(Item::Line(format!("{name}({}, {count_down} - 1)", next.join(", "))));
                names.push(count_down);
            } else {
                body.extend(g.statements(depth.max(1) + 1, 4));
                if g.rng.chance(20) {
                    let c = g.expr(Ty::Bool, 1);
                    let early = g.expr(result, 1);
                    body.push(Item::Line(format!("if {c} {{ return {early} }}")));
                }
                body.push(Item::Line(g.expr(result, 2)));
            }
        });
        self.scopes = outer;
        self.functions = functions;
        let head = format!("fn {name}({}{default})", names.join(", "));
        items.push(Item::Block { head, body, second: None, tail: String::new() });
        if recursive {
            // Called with a small number only: declared here, not as one of the functions that any expression may call.
            let arguments: Vec<String> = parameters.iter().map(|ty| self.expr(*ty, 1)).collect();
            let value = self.fresh();
            let times = self.rng.below(5);
            items.push(Item::Line(format!(
                "let {value} = {name}({}, {times})",
                arguments.join(", ")
            )));
            self.bind(&value, result, false);
        } else if at_top {
            self.functions.push(Signature { name, parameters, optional, result });
        } else {
            let arguments: Vec<String> = parameters.iter().map(|ty| self.expr(*ty, 1)).collect();
            let value = self.fresh();
            items.push(Item::Line(format!("let {value} = {name}({})", arguments.join(", "))));
            self.bind(&value, result, false);
        }
    }
}

fn is_collection(ty: Ty) -> bool {
    matches!(ty, Ty::Ints | Ty::List | Ty::Record | Ty::Records | Ty::Dict | Ty::Words | Ty::Set)
}
