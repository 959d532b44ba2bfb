//! Random programs: well-typed for the most part, with every name in scope, loops of bounded length, and a print of every variable
//! at the end.
//!
//! They are made to catch in-place updates that somebody else can see: values get second names, go through functions that
//! receive them twice, are captured, destructured, iterated while they change, and put into themselves. In some programs
//! collections are large, so that their versions share structure; and there are functions short enough to be formulas. A program is
//! a tree of [`Item`]s, so that it can be shrunk by leaving items out.

mod expression;
mod formula;
mod rng;
mod statement;

pub(crate) use rng::Rng;

/// A piece of a program.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Line(String),
    /// `head { body } middle { second } tail`
    Block {
        head: String,
        body: Vec<Item>,
        second: Option<(String, Vec<Item>)>,
        tail: String,
    },
}

/// The kinds of value the generator tells apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ty {
    Int,
    Bool,
    Str,
    Float,
    Decimal,
    /// A Vec of Ints.
    Ints,
    /// A Vec of anything but functions.
    List,
    /// `{a: Int, b: Ints, c: {d: Int, e: List}}` and further keys
    Record,
    /// A Vec of Records.
    Records,
    /// Int → Int
    Dict,
    /// Str → Int
    Words,
    /// A Set of Ints.
    Set,
    /// Int → Int
    Function,
}

const DATA: [Ty; 12] = [
    Ty::Int,
    Ty::Bool,
    Ty::Str,
    Ty::Float,
    Ty::Decimal,
    Ty::Ints,
    Ty::List,
    Ty::Record,
    Ty::Records,
    Ty::Dict,
    Ty::Words,
    Ty::Set,
];

#[derive(Clone, Debug)]
struct Var {
    name: String,
    ty: Ty,
    mutable: bool,
    /// How many functions it is inside of.
    level: usize,
    /// A top-level `let`, seen from functions.
    global: bool,
}

#[derive(Clone, Debug)]
struct Signature {
    name: String,
    parameters: Vec<Ty>,
    /// How many of the last ones have defaults.
    optional: usize,
    result: Ty,
}

/// Makes one program.
struct Generator {
    rng: Rng,
    /// Blocks, innermost last.
    scopes: Vec<Vec<Var>>,
    functions: Vec<Signature>,
    level: usize,
    loops: usize,
    /// Loops around this place, of all functions: bounds the running time.
    nesting: usize,
    names: usize,
    budget: i32,
    /// Whether collections are mostly longer than what lies in one block.
    large: bool,
}

/// The program of a seed.
pub(crate) fn program(mut rng: Rng) -> Vec<Item> {
    let large = rng.chance(20);
    let mut g = Generator {
        rng,
        scopes: vec![vec![]],
        functions: vec![],
        level: 0,
        loops: 0,
        nesting: 0,
        names: 0,
        budget: 60,
        large,
    };
    let mut items = vec![];
    for ty in [Ty::Ints, Ty::Record, Ty::List] {
        items.push(g.declare(ty, true));
    }
    let count = 4 + g.rng.below(14);
    for _ in 0..count {
        g.statement(&mut items, 0);
    }
    let all = g.scopes[0].clone();
    for v in all.iter().filter(|v| v.ty != Ty::Function) {
        items.push(Item::Line(format!("print(\"{0} =\", {0})", v.name)));
    }
    items
}

/// The source text.
pub(crate) fn render(items: &[Item]) -> String {
    let mut out = String::new();
    write(items, 0, &mut out);
    out
}

fn write(items: &[Item], depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    for item in items {
        match item {
            Item::Line(text) => out.push_str(&format!("{pad}{text}\n")),
            Item::Block { head, body, second, tail } => {
                out.push_str(&format!("{pad}{head} {{\n"));
                write(body, depth + 1, out);
                if let Some((middle, second)) = second {
                    out.push_str(&format!("{pad}}} {middle} {{\n"));
                    write(second, depth + 1, out);
                }
                out.push_str(&format!("{pad}}}{tail}\n"));
            }
        }
    }
}

/// The smallest program found that still is `bad`, by leaving items out and by unwrapping blocks.
pub(crate) fn shrink(items: Vec<Item>, bad: &dyn Fn(&[Item]) -> bool) -> Vec<Item> {
    let mut best = items;
    loop {
        let smaller = candidates(&best).into_iter().find(|c| bad(c));
        match smaller {
            Some(c) => best = c,
            None => return best,
        }
    }
}

/// Every program with one item less, larger pieces first.
fn candidates(items: &[Item]) -> Vec<Vec<Item>> {
    let mut out = vec![];
    for i in 0..items.len() {
        let mut rest = items.to_vec();
        let item = rest.remove(i);
        out.push(rest.clone());
        if let Item::Block { head, body, second, tail } = item {
            let with = |items: Vec<Item>| {
                let mut all = rest.clone();
                all.splice(i..i, items);
                all
            };
            out.push(with(body.clone()));
            for smaller in candidates(&body) {
                let block = Item::Block {
                    head: head.clone(),
                    body: smaller,
                    second: second.clone(),
                    tail: tail.clone(),
                };
                out.push(with(vec![block]));
            }
            if let Some((middle, second)) = &second {
                for smaller in candidates(second) {
                    let block = Item::Block {
                        head: head.clone(),
                        body: body.clone(),
                        second: Some((middle.clone(), smaller)),
                        tail: tail.clone(),
                    };
                    out.push(with(vec![block]));
                }
            }
        }
    }
    out
}

impl Generator {
    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Every variable that can be read here, the visible one of each name.
    fn visible(&self) -> Vec<Var> {
        let mut out: Vec<Var> = vec![];
        for v in self.scopes.iter().rev().flat_map(|s| s.iter().rev()) {
            if !out.iter().any(|o| o.name == v.name) {
                out.push(v.clone());
            }
        }
        out
    }

    fn readable(&mut self, ty: Ty) -> Option<Var> {
        let all: Vec<Var> = self.visible().into_iter().filter(|v| v.ty == ty).collect();
        self.rng.pick(&all).cloned()
    }

    /// A variable that can be assigned here.
    fn writable(&mut self, accept: impl Fn(Ty) -> bool) -> Option<Var> {
        let level = self.level;
        let all: Vec<Var> = self
            .visible()
            .into_iter()
            .filter(|v| v.mutable && v.level == level && accept(v.ty))
            .collect();
        self.rng.pick(&all).cloned()
    }

    fn bind(&mut self, name: &str, ty: Ty, mutable: bool) {
        let global = self.level == 0 && self.scopes.len() == 1 && !mutable;
        let var = Var { name: name.into(), ty, mutable, level: self.level, global };
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(var);
        }
    }

    fn any_type(&mut self) -> Ty {
        DATA[self.rng.below(DATA.len())]
    }
}
