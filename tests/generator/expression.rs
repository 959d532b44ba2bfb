//! Expressions of a wanted kind, as text. Everything composed is in parentheses.

use super::*;

impl Generator {
    /// An expression of a kind. `depth` counts down to literals and names.
    pub(super) fn expr(&mut self, ty: Ty, depth: usize) -> String {
        self.budget -= 1;
        if self.rng.chance(1) {
            return self.wrong();
        }
        let simple = depth == 0 || self.budget < 0;
        if self.rng.chance(if simple { 75 } else { 35 })
            && let Some(v) = self.readable(ty)
        {
            return v.name;
        }
        if simple {
            return self.literal(ty);
        }
        let d = depth - 1;
        if self.rng.chance(12)
            && let Some(text) = self.general(ty, d)
        {
            return text;
        }
        match ty {
            Ty::Int => self.int(d),
            Ty::Bool => self.boolean(d),
            Ty::Str => self.string(d),
            Ty::Float => {
                let op = *self.rng.pick(&["+", "-", "*"]).unwrap_or(&"+");
                let other = if self.rng.chance(30) { Ty::Int } else { Ty::Float };
                format!("({} {op} {})", self.expr(Ty::Float, d), self.expr(other, 0))
            }
            Ty::Decimal => {
                let op = *self.rng.pick(&["+", "-", "*"]).unwrap_or(&"+");
                let other = if self.rng.chance(30) { Ty::Int } else { Ty::Decimal };
                format!("({} {op} {})", self.expr(Ty::Decimal, d), self.expr(other, 0))
            }
            Ty::Ints => self.ints(d),
            Ty::List => self.list(d),
            Ty::Record => self.record(d),
            Ty::Records => match self.rng.below(4) {
                0 => format!("{}.push({})", self.expr(Ty::Records, d), self.expr(Ty::Record, d)),
                1 => format!(
                    "({} with {{ [0] = {} }})",
                    self.expr(Ty::Records, d),
                    self.expr(Ty::Record, d)
                ),
                2 => format!("({} + {})", self.expr(Ty::Records, d), self.expr(Ty::Records, 0)),
                _ => format!("[{}, {}]", self.expr(Ty::Record, d), self.expr(Ty::Record, d)),
            },
            Ty::Dict => self.dict(d),
            Ty::Words => self.words(d),
            Ty::Set => self.set(d),
            Ty::Function => self.closure(d),
        }
    }

    /// Something that fails, or has the wrong kind.
    fn wrong(&mut self) -> String {
        match self.rng.below(8) {
            0 => "(1 div 0)".into(),
            1 => "[1, 2][7]".into(),
            2 => "({a: 1}).zz".into(),
            3 => "(1 + \"x\")".into(),
            4 => "(throw {kind: \"made\", data: 7})".into(),
            5 => "null".into(),
            6 => "(throw 5)".into(),
            _ => {
                let ty = self.any_type();
                self.literal(ty)
            }
        }
    }

    pub(super) fn literal(&mut self, ty: Ty) -> String {
        let n = self.rng.below(12);
        if self.large
            && self.rng.chance(50)
            && let Some(text) = self.large(ty)
        {
            return text;
        }
        match ty {
            Ty::Int if n == 0 => "9223372036854775807".into(),
            Ty::Int if n == 1 => "(-3)".into(),
            Ty::Int => n.to_string(),
            Ty::Bool => if n.is_multiple_of(2) { "true" } else { "false" }.into(),
            Ty::Str => {
                ["\"\"", "\"a\"", "\"héé\"", "\"long enough not to be inline\"", "\"q\\\"\\n\""]
                    [n % 5]
                    .into()
            }
            Ty::Float => ["0.5", "1.25", "2.0", "(-0.0)", "1e3"][n % 5].into(),
            Ty::Decimal => ["0d", "1.50d", "19.99d", "(-2.5d)"][n % 4].into(),
            Ty::Ints => ["[1, 2, 3]", "[5, 4, 3, 2, 1]", "[7]", "[0, 0]", "[]"][n % 5].into(),
            Ty::List => ["[1, \"a\", null]", "[[1], [2, [3]]]", "[{x: 1}, 2.0]"][n % 3].into(),
            Ty::Record => format!("{{a: {n}, b: [1, {n}], c: {{d: 2, e: [0]}}}}"),
            Ty::Records => {
                let record = self.literal(Ty::Record);
                format!("[{record}, {{a: 9, b: [0], c: {{d: 1, e: []}}}}]")
            }
            Ty::Dict => ["{1 => 10, 2 => 20, 3 => 30}", "{0 => 0}", "{}"][n % 3].into(),
            Ty::Words => {
                ["{a: 1, \"héé\": 2}", "{\"long enough not to be inline\": 7}", "{}"][n % 3].into()
            }
            Ty::Set => ["#{1, 2, 3}", "#{4}", "#{}"][n % 3].into(),
            Ty::Function => ["(|x| x + 1)", "(|x| x * 2)"][n % 2].into(),
        }
    }

    /// A collection that is not small, mostly not made in order; of other kinds none.
    fn large(&mut self, ty: Ty) -> Option<String> {
        let count = 17 + self.rng.below(40);
        let step = [1, 7, 17, 100][self.rng.below(4)];
        Some(match ty {
            Ty::Ints => format!("[w * {step} % 101 for w in 0..{count}]"),
            Ty::Dict => format!("{{w * {step} % 101 => w for w in 0..{count}}}"),
            Ty::Set => format!("#{{w * {step} % 101 for w in 0..{count}}}"),
            Ty::Words if self.rng.chance(50) => {
                format!("{{f\"k{{w * {step} % 101}}\" => w for w in 0..{count}}}")
            }
            Ty::Words => {
                format!(
                    "{{f\"{{w * {step} % 101}} and some more letters\" => w for w in 0..{count}}}"
                )
            }
            _ => return None,
        })
    }

    /// Forms that give any kind.
    fn general(&mut self, ty: Ty, d: usize) -> Option<String> {
        Some(match self.rng.below(9) {
            0 => {
                let c = self.expr(Ty::Bool, d);
                format!("(if {c} {{ {} }} else {{ {} }})", self.expr(ty, d), self.expr(ty, d))
            }
            1 => {
                let subject = self.expr(Ty::Int, d);
                let (a, b) = (self.expr(ty, d), self.expr(ty, d));
                let name = self.fresh();
                self.scopes.push(vec![]);
                self.bind(&name, Ty::Int, false);
                let c = self.expr(ty, d);
                self.scopes.pop();
                format!(
                    "(match {subject} {{ 0 | 1 => ({a}), 2..=5 if true => ({b}), {name} => ({c}) }})"
                )
            }
            2 => {
                let name = self.fresh();
                let inner = self.any_type();
                let value = self.expr(inner, d);
                self.scopes.push(vec![]);
                self.bind(&name, inner, false);
                let body = self.expr(ty, d);
                self.scopes.pop();
                format!("(do {{ let {name} = {value}; ({body}) }})")
            }
            3 => format!("(try {{ ({}) }} catch _ {{ ({}) }})", self.expr(ty, d), self.expr(ty, 0)),
            4 => {
                // A closure called at once.
                let name = self.fresh();
                let inner = self.any_type();
                let value = self.expr(inner, d);
                let body = self.inside_function(|g| {
                    g.bind(&name, inner, false);
                    g.expr(ty, d)
                });
                format!("(|{name}| ({body}))({value})")
            }
            5 => {
                let old = self.readable(ty)?.name;
                format!("patch({old}, diff({old}, {}))", self.expr(ty, d))
            }
            6 => self.short_call(ty, d),
            _ => {
                let all: Vec<Signature> =
                    self.functions.iter().filter(|f| f.result == ty).cloned().collect();
                let f = self.rng.pick(&all)?.clone();
                self.call(&f, d)
            }
        })
    }

    /// A call of a declared function; the same variable twice where it can.
    pub(super) fn call(&mut self, f: &Signature, d: usize) -> String {
        let left_out = self.rng.below(f.optional + 1);
        let given = f.parameters.len() - left_out;
        let arguments: Vec<String> =
            f.parameters[..given].iter().map(|ty| self.expr(*ty, d.min(1))).collect();
        if self.rng.chance(10) {
            return format!("{}(...[{}])", f.name, arguments.join(", "));
        }
        format!("{}({})", f.name, arguments.join(", "))
    }

    /// Runs `make` as the body of a closure: names of outside can be read, not assigned.
    pub(super) fn inside_function<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        self.level += 1;
        self.nesting += 1;
        let loops = std::mem::take(&mut self.loops);
        self.scopes.push(vec![]);
        let result = make(self);
        self.scopes.pop();
        self.loops = loops;
        self.level -= 1;
        self.nesting -= 1;
        result
    }

    pub(super) fn closure(&mut self, d: usize) -> String {
        let name = self.fresh();
        let body = self.inside_function(|g| {
            g.bind(&name, Ty::Int, false);
            g.expr(Ty::Int, d)
        });
        if self.rng.chance(20) {
            format!("(fn({name}) {{ {body} }})")
        } else {
            format!("(|{name}| {body})")
        }
    }

    /// A closure of one Int that gives something else.
    fn closure_to(&mut self, ty: Ty, d: usize) -> String {
        let name = self.fresh();
        let body = self.inside_function(|g| {
            g.bind(&name, Ty::Int, false);
            g.expr(ty, d)
        });
        format!("|{name}| ({body})")
    }

    fn index(&mut self) -> String {
        match self.rng.below(6) {
            0 => "-1".into(),
            1 => "1".into(),
            2 => format!("({} % 3)", self.expr(Ty::Int, 0)),
            _ => "0".into(),
        }
    }

    fn int(&mut self, d: usize) -> String {
        match self.rng.below(22) {
            0..=3 => format!("({} + {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            4 => format!("({} - {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            5 => format!("({} * {})", self.expr(Ty::Int, d), self.expr(Ty::Int, 0)),
            6 => format!("({} div {})", self.expr(Ty::Int, d), self.expr(Ty::Int, 0)),
            7 => format!("({} % 7)", self.expr(Ty::Int, d)),
            8 => format!("{}.len()", self.expr(Ty::Ints, d)),
            9 if self.rng.chance(30) => format!("({}[{}])", self.expr(Ty::Ints, d), self.index()),
            9 => format!("({}?[{}] ?? 1)", self.expr(Ty::Ints, d), self.index()),
            10 => format!("{}.a", self.expr(Ty::Record, d)),
            11 => format!("{}.c.d", self.expr(Ty::Record, d)),
            12 => format!("({}?[{}] ?? 0)", self.expr(Ty::Dict, d), self.expr(Ty::Int, 0)),
            13 => format!("({})({})", self.expr(Ty::Function, d), self.expr(Ty::Int, d)),
            14 => format!("min({}, {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            15 => format!("{}.len()", self.expr(Ty::Str, d)),
            16 => format!("{}.fold(0, |s, t| s + t)", self.expr(Ty::Ints, d)),
            17 => format!("{}.sum()", self.expr(Ty::Ints, d)),
            18 => format!("({}?.k ?? {})", self.expr(Ty::Record, d), self.expr(Ty::Int, 0)),
            19 => format!("cmp({}, {})", self.expr(Ty::List, d), self.expr(Ty::List, 0)),
            20 => format!("({} |> max({}))", self.expr(Ty::Int, d), self.expr(Ty::Int, 0)),
            _ => format!("(-{})", self.expr(Ty::Int, d)),
        }
    }

    fn boolean(&mut self, d: usize) -> String {
        match self.rng.below(10) {
            0 => format!("({} < {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            1 => format!("(0 <= {} < {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            2 => {
                let ty = self.any_type();
                format!("({} == {})", self.expr(ty, d), self.expr(ty, d))
            }
            3 => format!("({} != {})", self.expr(Ty::List, d), self.expr(Ty::Ints, d)),
            4 => format!("({} and {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d)),
            5 => format!("({} or {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d)),
            6 => format!("(not {})", self.expr(Ty::Bool, d)),
            7 => format!("({} in {})", self.expr(Ty::Int, d), self.expr(Ty::Ints, d)),
            8 => format!("({} not in {})", self.expr(Ty::Int, d), self.expr(Ty::Set, d)),
            _ => {
                let ty = self.any_type();
                format!("({} is Int)", self.expr(ty, d))
            }
        }
    }

    fn string(&mut self, d: usize) -> String {
        match self.rng.below(8) {
            0 | 1 => format!("({} + {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            2 => {
                let ty = self.any_type();
                format!("str({})", self.expr(ty, d))
            }
            3 => {
                let ty = self.any_type();
                format!("f\"<{{({})}}|{{({}):>4}}>\"", self.expr(ty, d), self.expr(Ty::Int, 0))
            }
            4 => format!("({} * 2)", self.expr(Ty::Str, d)),
            5 => format!("{}.upper()", self.expr(Ty::Str, d)),
            6 => format!("({}?[{}] ?? \"-\")", self.expr(Ty::Str, d), self.index()),
            _ => format!("({}?[..1])", self.expr(Ty::Str, d)),
        }
    }

    fn ints(&mut self, d: usize) -> String {
        match self.rng.below(22) {
            0 => format!("[{}, ...{}]", self.expr(Ty::Int, d), self.expr(Ty::Ints, d)),
            1 => format!("({} + {})", self.expr(Ty::Ints, d), self.expr(Ty::Ints, d)),
            2 | 3 => format!("{}.push({})", self.expr(Ty::Ints, d), self.expr(Ty::Int, d)),
            4 => format!("{}.push_front({})", self.expr(Ty::Ints, d), self.expr(Ty::Int, d)),
            5 => format!("{}.map({})", self.expr(Ty::Ints, d), self.closure_to(Ty::Int, d)),
            6 => format!("{}.filter({})", self.expr(Ty::Ints, d), self.closure_to(Ty::Bool, d)),
            7 => {
                let source = self.expr(Ty::Ints, d);
                let name = self.fresh();
                self.scopes.push(vec![]);
                self.bind(&name, Ty::Int, false);
                let text = format!(
                    "[{} for {name} in {source} if {}]",
                    self.expr(Ty::Int, d),
                    self.expr(Ty::Bool, d)
                );
                self.scopes.pop();
                text
            }
            8 => format!("({}?[{}..])", self.expr(Ty::Ints, d), self.index()),
            9 => format!("{}.b", self.expr(Ty::Record, d)),
            10 => format!("{}.reverse()", self.expr(Ty::Ints, d)),
            11 => format!("{}.sort()", self.expr(Ty::Ints, d)),
            12 => format!(
                "({} with {{ [{}] = {} }})",
                self.expr(Ty::Ints, d),
                self.index(),
                self.expr(Ty::Int, d)
            ),
            13 => format!("({}[*].a)", self.expr(Ty::Records, d)),
            14 => format!("{}.values()", self.expr(Ty::Dict, d)),
            15 => format!("[w for [_, w] in {}]", self.expr(Ty::Words, d)),
            16 => format!("{}.insert(1, {})", self.expr(Ty::Ints, d), self.expr(Ty::Int, d)),
            17 => format!("{}.remove({})", self.expr(Ty::Ints, d), self.index()),
            18 => format!("{}.take({})", self.expr(Ty::Ints, d), self.rng.below(40)),
            19 => format!("{}.skip({})", self.expr(Ty::Ints, d), self.rng.below(3)),
            20 => format!("[w for w in {} if w > {}]", self.expr(Ty::Set, d), self.rng.below(4)),
            _ => format!("({}[|q| q > {}])", self.expr(Ty::Ints, d), self.rng.below(4)),
        }
    }

    fn list(&mut self, d: usize) -> String {
        let ty = self.any_type();
        match self.rng.below(7) {
            0 => format!("[{}, {}]", self.expr(ty, d), self.expr(Ty::List, d)),
            1 => format!("({} + {})", self.expr(Ty::List, d), self.expr(Ty::Ints, d)),
            2 | 3 => format!("{}.push({})", self.expr(Ty::List, d), self.expr(ty, d)),
            4 => format!("{}.c.e", self.expr(Ty::Record, d)),
            5 => format!("vec({})", self.expr(Ty::Set, d)),
            _ => format!("{}.entries()", self.expr(Ty::Record, d)),
        }
    }

    fn record(&mut self, d: usize) -> String {
        match self.rng.below(7) {
            0 => format!(
                "{{a: {}, b: {}, c: {{d: {}, e: {}}}}}",
                self.expr(Ty::Int, d),
                self.expr(Ty::Ints, d),
                self.expr(Ty::Int, 0),
                self.expr(Ty::List, 0)
            ),
            1 => format!(
                "({} with {{ a = {}, c.d += 1 }})",
                self.expr(Ty::Record, d),
                self.expr(Ty::Int, d)
            ),
            2 => format!(
                "({} with {{ b .= push({}) }})",
                self.expr(Ty::Record, d),
                self.expr(Ty::Int, d)
            ),
            3 => format!("{{...{}, k: {}}}", self.expr(Ty::Record, d), self.expr(Ty::Int, d)),
            4 => format!("({} | {{a: {}}})", self.expr(Ty::Record, d), self.expr(Ty::Int, d)),
            5 => format!("({}[0])", self.expr(Ty::Records, d)),
            _ => format!("({} - #{{\"k\"}})", self.expr(Ty::Record, d)),
        }
    }

    fn dict(&mut self, d: usize) -> String {
        match self.rng.below(6) {
            0 => format!(
                "{{{} => {}, ...{}}}",
                self.expr(Ty::Int, d),
                self.expr(Ty::Int, d),
                self.expr(Ty::Dict, d)
            ),
            1 => format!("({} | {})", self.expr(Ty::Dict, d), self.expr(Ty::Dict, d)),
            2 => format!("({} - {})", self.expr(Ty::Dict, d), self.expr(Ty::Set, d)),
            3 => format!(
                "{}.insert({}, {})",
                self.expr(Ty::Dict, d),
                self.expr(Ty::Int, d),
                self.expr(Ty::Int, d)
            ),
            4 => format!("{{w => w + 1 for w in {}}}", self.expr(Ty::Ints, d)),
            _ => format!("{}.map({})", self.expr(Ty::Dict, d), self.closure_to(Ty::Int, d)),
        }
    }

    fn words(&mut self, d: usize) -> String {
        match self.rng.below(6) {
            0 => format!(
                "{{...{}, {} => {}}}",
                self.expr(Ty::Words, d),
                self.expr(Ty::Str, d),
                self.expr(Ty::Int, d)
            ),
            1 => format!("({} | {})", self.expr(Ty::Words, d), self.expr(Ty::Words, d)),
            2 => format!(
                "{}.insert({}, {})",
                self.expr(Ty::Words, d),
                self.expr(Ty::Str, d),
                self.expr(Ty::Int, d)
            ),
            3 => format!("{}.discard({})", self.expr(Ty::Words, d), self.expr(Ty::Str, d)),
            4 => format!(
                "{{k => w + 1 for [k, w] in {} if w < {}}}",
                self.expr(Ty::Words, d),
                self.rng.below(30)
            ),
            _ => format!("{{str(w) => w for w in {}}}", self.expr(Ty::Ints, d)),
        }
    }

    fn set(&mut self, d: usize) -> String {
        match self.rng.below(6) {
            0 => format!("#{{{}, ...{}}}", self.expr(Ty::Int, d), self.expr(Ty::Ints, d)),
            1 => format!("({} | {})", self.expr(Ty::Set, d), self.expr(Ty::Set, d)),
            2 => format!("({} & {})", self.expr(Ty::Set, d), self.expr(Ty::Set, d)),
            3 => format!("({} - {})", self.expr(Ty::Set, d), self.expr(Ty::Set, d)),
            4 => format!("{}.insert({})", self.expr(Ty::Set, d), self.expr(Ty::Int, d)),
            _ => format!("#{{w % 5 for w in {}}}", self.expr(Ty::Ints, d)),
        }
    }
}
