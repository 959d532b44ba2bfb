//! Functions that are a short formula, and calls of them with what they are made for and with what they are not.

use super::*;

impl Generator {
    /// A closure that is a formula of one kind, called at once.
    pub(super) fn short_call(&mut self, ty: Ty, d: usize) -> String {
        let kinds = [self.formula_type(), self.formula_type()];
        let (closure, _) = self.short(ty, &kinds);
        let arguments = kinds.map(|kind| self.expr(kind, d.min(1)));
        format!("({closure})({})", arguments.join(", "))
    }

    /// A name for a function that is a formula, which is called with many values.
    pub(super) fn short_calls(&mut self, items: &mut Vec<Item>) {
        let (ty, kinds) = (self.formula_type(), [self.formula_type(), self.formula_type()]);
        let (closure, parameters) = self.short(ty, &kinds);
        let name = self.fresh();
        let at_top = self.level == 0 && self.scopes.len() == 1;
        if at_top && self.rng.chance(40) {
            // It sees no variables.
            let (scopes, functions) = (self.scopes.clone(), self.functions.clone());
            self.scopes.iter_mut().for_each(|scope| scope.retain(|v| v.global));
            let body = self.short_body(ty, &parameters);
            (self.scopes, self.functions) = (scopes, functions);
            let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
            let head = format!("fn {name}({})", names.join(", "));
            let body = vec![Item::Line(body)];
            items.push(Item::Block { head, body, second: None, tail: String::new() });
            let (parameters, result) = (kinds.to_vec(), ty);
            let name = name.clone();
            self.functions.push(Signature { name, parameters, optional: 0, result });
        } else {
            items.push(Item::Line(format!("let {name} = {closure}")));
        }
        let mut firsts: Vec<String> = (0..3).map(|_| self.expr(kinds[0], 1)).collect();
        let other = self.any_type();
        firsts.push(self.expr(other, 1));
        let second = self.expr(kinds[1], 1);
        let list = firsts.join(", ");
        let times = [1, 3, 30][self.rng.below(3)];
        items.push(Item::Line(format!(
            "print([try {{ {name}(e, {second}) }} catch e {{ e.kind }} for _ in 0..{times} for e in [{list}]].take(9))"
        )));
    }

    fn formula_type(&mut self) -> Ty {
        let kinds =
            [Ty::Int, Ty::Int, Ty::Bool, Ty::Str, Ty::Float, Ty::Record, Ty::Ints, Ty::List];
        kinds[self.rng.below(kinds.len())]
    }

    /// A closure with such parameters, and their names.
    fn short(&mut self, ty: Ty, kinds: &[Ty]) -> (String, Vec<(String, Ty)>) {
        let parameters: Vec<(String, Ty)> =
            kinds.iter().map(|kind| (self.fresh(), *kind)).collect();
        let body = self.inside_function(|g| g.short_body(ty, &parameters));
        let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        (format!("|{}| {body}", names.join(", ")), parameters)
    }

    fn short_body(&mut self, ty: Ty, parameters: &[(String, Ty)]) -> String {
        self.scopes.push(vec![]);
        for (name, kind) in parameters {
            self.bind(name, *kind, false);
        }
        let body = self.formula(ty, 2);
        self.scopes.pop();
        body
    }

    /// An expression of what formulas can do.
    fn formula(&mut self, ty: Ty, depth: usize) -> String {
        if (depth == 0 || self.rng.chance(15))
            && self.rng.chance(85)
            && let Some(v) = self.readable(ty)
        {
            return v.name;
        }
        if depth == 0 {
            return self.literal(ty);
        }
        let d = depth - 1;
        if self.rng.chance(10) {
            let c = self.formula(Ty::Bool, d);
            return format!(
                "(if {c} {{ {} }} else {{ {} }})",
                self.formula(ty, d),
                self.formula(ty, d)
            );
        }
        let operator = |g: &mut Self, all: &[&str]| all[g.rng.below(all.len())].to_string();
        match ty {
            Ty::Int | Ty::Float => match self.rng.below(if ty == Ty::Int { 9 } else { 4 }) {
                0..=2 => {
                    let op = operator(self, &["+", "-", "*", "+", "%", "div", "/"]);
                    let other = if self.rng.chance(20) { Ty::Float } else { ty };
                    format!("({} {op} {})", self.formula(ty, d), self.formula(other, d))
                }
                3 => format!("(-{})", self.formula(ty, d)),
                4 => format!("{}.a", self.formula(Ty::Record, d)),
                5 => format!("{}.c.d", self.formula(Ty::Record, d)),
                6 => format!("{}[{}]", self.formula(Ty::Ints, d), self.formula(Ty::Int, 0)),
                7 => {
                    format!("({}?.k ?? {})", self.formula(Ty::Record, d), self.formula(Ty::Int, d))
                }
                _ => format!(
                    "(match {} {{ [x, y] => x + y, [x, ..., y] => x - y, _ => {} }})",
                    self.formula(Ty::Ints, d),
                    self.formula(Ty::Int, d)
                )
                .replace(", ..., y] => x - y", ", ...y] => x"),
            },
            Ty::Bool => match self.rng.below(6) {
                0 | 1 => {
                    let op = operator(self, &["<", "<=", ">", ">=", "==", "!="]);
                    let kind = if self.rng.chance(70) { Ty::Int } else { Ty::Float };
                    format!("({} {op} {})", self.formula(kind, d), self.formula(kind, d))
                }
                2 => {
                    let kind = self.formula_type();
                    let op = operator(self, &["==", "!="]);
                    format!("({} {op} {})", self.formula(kind, d), self.formula(kind, d))
                }
                3 => format!("(not {})", self.formula(Ty::Bool, d)),
                4 => {
                    let op = operator(self, &["and", "or"]);
                    format!("({} {op} {})", self.formula(Ty::Bool, d), self.formula(Ty::Bool, d))
                }
                _ => {
                    let kind = self.formula_type();
                    format!("({} == null)", self.formula(kind, d))
                }
            },
            Ty::Ints => format!("{}.b", self.formula(Ty::Record, d)),
            Ty::List => format!("{}.c.e", self.formula(Ty::Record, d)),
            _ => match self.readable(ty) {
                Some(v) => v.name,
                None => self.literal(ty),
            },
        }
    }
}
