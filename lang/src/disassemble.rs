//! A readable listing of bytecode: what `:code` shows and the compiler's tests compare.
//!
//! One line per instruction: its address, its name, `destination ← operands`, the constants in parentheses, and the line and column
//! of the source it stems from. Addresses that are jumped to have a `>` before them; handlers follow the code.

use crate::bytecode::{Const, Idx, NONE, Op, Prototype, Reg, Step, TypeTest, Unit};
use crate::liveness::target;
use std::fmt::{self, Write};

/// The listing of a whole unit.
pub fn disassemble(unit: &Unit) -> String {
    let mut out = String::new();
    for (index, slot) in unit.slots.iter().enumerate() {
        let exported = if slot.exported { " exported" } else { "" };
        let _ = writeln!(out, "S[{index}] {} {:?}{exported}", slot.name, slot.kind);
    }
    for (index, prototype) in unit.prototypes.iter().enumerate() {
        let _ = Listing { unit, prototype }.all(index, &mut out);
    }
    out
}

struct Listing<'a> {
    unit: &'a Unit,
    prototype: &'a Prototype,
}

impl Listing<'_> {
    fn all(&self, index: usize, out: &mut String) -> fmt::Result {
        let p = self.prototype;
        if !out.is_empty() {
            out.push('\n');
        }
        write!(out, "function {index} {}(", if p.name.is_empty() { "<body>" } else { &p.name })?;
        for (i, parameter) in p.parameters.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let rest = if p.rest && i + 1 == p.parameters.len() { "..." } else { "" };
            let optional = if parameter.optional && rest.is_empty() { "?" } else { "" };
            let name = if parameter.name.is_empty() { "_" } else { &parameter.name };
            write!(out, "{comma}{rest}{name}{optional}")?;
        }
        writeln!(out, ") captures {} registers {}", p.captures, p.registers)?;
        let mut targets: Vec<u32> = p.code.iter().filter_map(|op| target(*op)).collect();
        targets.extend(p.handlers.iter().map(|h| h.target));
        let mut places = p.places.iter();
        for (at, op) in p.code.iter().enumerate() {
            let mark = if targets.contains(&(at as u32)) { '>' } else { ' ' };
            let mut text = String::new();
            self.op(*op, &mut text)?;
            let span = places.next().unwrap_or_default();
            let (line, column) = self.unit.source.line_column(span.start);
            writeln!(out, "{mark}{at:>4}  {text:<40} ; {line}:{column}")?;
        }
        for h in &p.handlers {
            writeln!(
                out,
                "      try {}..{} else {} with r{}",
                h.start, h.end, h.target, h.register
            )?;
        }
        Ok(())
    }

    fn constant(&self, k: Idx) -> String {
        match self.prototype.constants.get(usize::from(k)) {
            Some(constant) => {
                let mut text = String::new();
                let _ = show(constant, &mut text, &mut 24);
                text
            }
            None => "?".into(),
        }
    }

    fn text(&self, k: Idx) -> String {
        match self.prototype.constants.get(usize::from(k)) {
            Some(Const::Str(text)) => text.to_string(),
            _ => "?".into(),
        }
    }

    fn function(&self, index: Idx) -> String {
        match self.unit.prototypes.get(usize::from(index)) {
            Some(p) => format!("{} #{index}", p.name),
            None => "?".into(),
        }
    }

    fn native(&self, index: Idx) -> &str {
        self.unit.natives.get(usize::from(index)).map_or("?", |n| n.as_str())
    }

    fn slot(&self, index: Idx) -> String {
        let name = self.unit.slots.get(usize::from(index)).map_or("?", |s| s.name.as_str());
        format!("S[{index}] ({name})")
    }

    fn names(&self, index: Idx) -> String {
        match self.prototype.names.get(usize::from(index)) {
            Some(names) => format!("{{{}}}", names.join(", ")),
            None => "?".into(),
        }
    }

    /// The path, its keys standing in registers from `base`.
    fn path(&self, index: Idx, mut base: Reg) -> String {
        let mut text = String::new();
        for step in self.prototype.paths.get(usize::from(index)).into_iter().flatten() {
            match step {
                Step::Field { name, optional } => {
                    text.push_str(if *optional { "?." } else { "." });
                    text.push_str(name);
                }
                Step::Index { optional } => {
                    let _ = write!(text, "{}[r{base}]", if *optional { "?" } else { "" });
                    base = base.saturating_add(1);
                }
                Step::Each => text.push_str("[*]"),
            }
        }
        text
    }

    fn ty(&self, index: Idx) -> String {
        self.prototype.types.get(usize::from(index)).map_or_else(|| "?".into(), show_type)
    }

    fn op(&self, op: Op, out: &mut String) -> fmt::Result {
        // The name of the variant as the machine's source has it.
        let debug = format!("{op:?}");
        let name = debug.split([' ', '{']).next().unwrap_or_default();
        write!(out, "{name:<9} ")?;
        let window = |from: Reg, count: u16| match count {
            0 => "()".to_owned(),
            1 => format!("(r{from})"),
            n => format!("(r{from}..=r{})", from.saturating_add(n - 1)),
        };
        let arguments = |base: Reg, argc: u16| window(base.saturating_add(1), argc);
        let to = |dst: Reg| if dst == NONE { "return".to_owned() } else { format!("r{dst} ←") };
        match op {
            Op::Move { dst, src } | Op::Copy { dst, src } => write!(out, "r{dst} ← r{src}"),
            Op::Const { dst, k } => write!(out, "r{dst} ← K[{k}] ({})", self.constant(k)),
            Op::Int { dst, value } => write!(out, "r{dst} ← {value}"),
            Op::Null { dst } => write!(out, "r{dst} ← null"),
            Op::Bool { dst, value } => write!(out, "r{dst} ← {value}"),
            Op::Drop { reg } => write!(out, "r{reg}"),
            Op::GetSlot { dst, slot } => write!(out, "r{dst} ← {}", self.slot(slot)),
            Op::SetSlot { slot, src } => write!(out, "{} ← r{src}", self.slot(slot)),
            Op::Function { dst, prototype } | Op::OwnSibling { dst, prototype } => {
                write!(out, "r{dst} ← {}", self.function(prototype))
            }
            Op::Native { dst, native } => write!(out, "r{dst} ← {}", self.native(native)),
            Op::Closure { dst, prototype, base, count } => {
                write!(out, "r{dst} ← {} over {}", self.function(prototype), window(base, count))
            }
            Op::Sibling { dst, prototype, from } => {
                write!(out, "r{dst} ← {} as r{from}", self.function(prototype))
            }
            Op::Call { dst, base, argc } => {
                write!(out, "r{dst} ← r{base}{}", arguments(base, argc))
            }
            Op::CallNamed { dst, base, argc, names } => {
                write!(out, "{} r{base}{} {}", to(dst), arguments(base, argc), self.names(names))
            }
            Op::CallSpread { dst, base } => {
                write!(out, "{} r{base}{}", to(dst), arguments(base, 2))
            }
            Op::CallKept { dst, base, argc, function } => {
                write!(out, "r{dst} ← r{function}{}", arguments(base, argc))
            }
            Op::CallFn { dst, base, argc, prototype }
            | Op::CallSibling { dst, base, argc, prototype } => {
                write!(out, "r{dst} ← {}{}", self.function(prototype), arguments(base, argc))
            }
            Op::CallNative { dst, base, argc, native } => {
                write!(out, "r{dst} ← {}{}", self.native(native), arguments(base, argc))
            }
            Op::CallMethod { dst, base, argc, name, .. } => {
                write!(out, "r{dst} ← .{}{}", self.text(name), arguments(base, argc))
            }
            Op::CallMethodNamed { dst, base, argc, name, names } => {
                let names = self.names(names);
                write!(out, "{} .{}{} {names}", to(dst), self.text(name), arguments(base, argc))
            }
            Op::CallMethodSpread { dst, base, name } => {
                write!(out, "{} .{}{}", to(dst), self.text(name), arguments(base, 3))
            }
            Op::TailCall { base, argc } => write!(out, "r{base}{}", arguments(base, argc)),
            Op::TailCallFn { base, argc, prototype }
            | Op::TailCallSibling { base, argc, prototype } => {
                write!(out, "{}{}", self.function(prototype), arguments(base, argc))
            }
            Op::TailCallMethod { base, argc, name, .. } => {
                write!(out, ".{}{}", self.text(name), arguments(base, argc))
            }
            Op::Return { src } | Op::Throw { src } => write!(out, "r{src}"),
            Op::ReturnNull => Ok(()),
            Op::Add { dst, a, b } => write!(out, "r{dst} ← r{a} + r{b}"),
            Op::Sub { dst, a, b } => write!(out, "r{dst} ← r{a} - r{b}"),
            Op::Mul { dst, a, b } => write!(out, "r{dst} ← r{a} * r{b}"),
            Op::Div { dst, a, b } => write!(out, "r{dst} ← r{a} / r{b}"),
            Op::IntDiv { dst, a, b } => write!(out, "r{dst} ← r{a} div r{b}"),
            Op::Rem { dst, a, b } => write!(out, "r{dst} ← r{a} % r{b}"),
            Op::Binary { dst, a, b, op } => write!(out, "r{dst} ← r{a} {} r{b}", op.symbol()),
            Op::AddK { dst, a, k } => self.with_constant(out, dst, a, "+", k),
            Op::SubK { dst, a, k } => self.with_constant(out, dst, a, "-", k),
            Op::MulK { dst, a, k } => self.with_constant(out, dst, a, "*", k),
            Op::DivK { dst, a, k } => self.with_constant(out, dst, a, "/", k),
            Op::IntDivK { dst, a, k } => self.with_constant(out, dst, a, "div", k),
            Op::RemK { dst, a, k } => self.with_constant(out, dst, a, "%", k),
            Op::Neg { dst, a } => write!(out, "r{dst} ← -r{a}"),
            Op::Not { dst, a } => write!(out, "r{dst} ← not r{a}"),
            Op::Eq { dst, a, b } => write!(out, "r{dst} ← r{a} == r{b}"),
            Op::Ne { dst, a, b } => write!(out, "r{dst} ← r{a} != r{b}"),
            Op::Lt { dst, a, b } => write!(out, "r{dst} ← r{a} < r{b}"),
            Op::Le { dst, a, b } => write!(out, "r{dst} ← r{a} <= r{b}"),
            Op::InK { dst, a, k } => self.with_constant(out, dst, a, "in", k),
            Op::In { dst, a, b } => write!(out, "r{dst} ← r{a} in r{b}"),
            Op::Is { dst, a, ty } => write!(out, "r{dst} ← r{a} is {}", self.ty(ty)),
            Op::Range { dst, base, flags } => {
                write!(out, "r{dst} ← ")?;
                if flags & 1 != 0 {
                    write!(out, "r{base}")?;
                }
                out.push_str(if flags & 4 != 0 { "..=" } else { ".." });
                if flags & 2 != 0 { write!(out, "r{}", base.saturating_add(1)) } else { Ok(()) }
            }
            Op::Concat { dst, base, count }
            | Op::VecNew { dst, base, count }
            | Op::SetNew { dst, base, count } => write!(out, "r{dst} ← {}", window(base, count)),
            Op::Format { dst, a, format } => write!(out, "r{dst} ← r{a} as F[{format}]"),
            Op::Jump { target } => write!(out, "→ {target}"),
            Op::JumpIf { a, target } => write!(out, "r{a} → {target}"),
            Op::JumpIfNot { a, target } => write!(out, "not r{a} → {target}"),
            Op::JumpEq { a, b, target } => write!(out, "r{a} == r{b} → {target}"),
            Op::JumpNe { a, b, target } => write!(out, "r{a} != r{b} → {target}"),
            Op::JumpLt { a, b, target } => write!(out, "r{a} < r{b} → {target}"),
            Op::JumpLe { a, b, target } => write!(out, "r{a} <= r{b} → {target}"),
            Op::JumpEqK { a, k, target } => self.jump_constant(out, a, "==", k, target),
            Op::JumpNeK { a, k, target } => self.jump_constant(out, a, "!=", k, target),
            Op::JumpLtK { a, k, target } => self.jump_constant(out, a, "<", k, target),
            Op::JumpLeK { a, k, target } => self.jump_constant(out, a, "<=", k, target),
            Op::JumpGtK { a, k, target } => self.jump_constant(out, a, ">", k, target),
            Op::JumpGeK { a, k, target } => self.jump_constant(out, a, ">=", k, target),
            Op::JumpNull { a, target } => write!(out, "r{a} == null → {target}"),
            Op::JumpNotNull { a, target } => write!(out, "r{a} != null → {target}"),
            Op::JumpSet { a, target } => write!(out, "r{a} given → {target}"),
            Op::RangePrep { base, var, inclusive, target } => {
                let dots = if inclusive { "..=" } else { ".." };
                write!(out, "r{var} ← r{base}{dots}r{}, empty → {target}", base.saturating_add(1))
            }
            Op::RangeNext { base, var, target } => write!(out, "r{var} ← r{base}, more → {target}"),
            Op::IterPrep { iter, src } => write!(out, "r{iter} ← r{src}"),
            Op::IterNext { iter, dst, target } | Op::IterSeq { iter, dst, target } => {
                write!(out, "r{dst} ← r{iter}, end → {target}")
            }
            Op::IterPair { iter, a, b, target } | Op::IterSeqPair { iter, a, b, target } => {
                write!(out, "r{a}, r{b} ← r{iter}, end → {target}")
            }
            Op::VecPush { vec: a, src }
            | Op::VecExtend { vec: a, src }
            | Op::SetAdd { set: a, src }
            | Op::SetExtend { set: a, src }
            | Op::MapExtend { map: a, src } => write!(out, "r{a} ← r{src}"),
            Op::MapNew { dst, base, names } => {
                write!(out, "r{dst} ← {} from r{base}", self.names(names))
            }
            Op::MapPut { map, key, value } => write!(out, "r{map}[r{key}] ← r{value}"),
            Op::Field { dst, a, name, .. } => write!(out, "r{dst} ← r{a}.{}", self.text(name)),
            Op::FieldOpt { dst, a, name, .. } => write!(out, "r{dst} ← r{a}?.{}", self.text(name)),
            Op::Index { dst, a, b } => write!(out, "r{dst} ← r{a}[r{b}]"),
            Op::IndexOpt { dst, a, b } => write!(out, "r{dst} ← r{a}?[r{b}]"),
            Op::Each { dst, a } => write!(out, "r{dst} ← r{a}[*]"),
            Op::EachField { dst, a, name, optional } => {
                let dot = if optional { "?." } else { "." };
                write!(out, "r{dst} ← r{a}[*]{dot}{}", self.text(name))
            }
            Op::EachIndex { dst, a, b, optional } => {
                write!(out, "r{dst} ← r{a}[*]{}[r{b}]", if optional { "?" } else { "" })
            }
            Op::EachEach { dst, a } => write!(out, "r{dst} ← r{a}[*][*]"),
            Op::GetPath { dst, root, path, base, lenient } => {
                let missing = if lenient { " or null" } else { "" };
                write!(out, "r{dst} ← r{root}{}{missing}", self.path(path, base))
            }
            Op::TakePath { dst, root, path, base } => {
                write!(out, "r{dst} ← r{root}{}", self.path(path, base))
            }
            Op::SetPath { root, path, base, value } => {
                write!(out, "r{root}{} ← r{value}", self.path(path, base))
            }
            Op::UpdatePath { root, path, base, value, op } => {
                write!(out, "r{root}{} {}= r{value}", self.path(path, base), op.symbol())
            }
            Op::MapPath { root, path, base, function } => {
                write!(out, "r{root}{} by r{function}", self.path(path, base))
            }
            Op::DeletePath { root, path, base } => write!(out, "r{root}{}", self.path(path, base)),
            Op::JumpUnlessVec { a, len, open, target } => {
                write!(out, "r{a} [{len}{}] → {target}", if open { ".." } else { "" })
            }
            Op::JumpUnlessMap { a, empty, target } => {
                write!(out, "r{a} {} → {target}", if empty { "{}" } else { "{..}" })
            }
            Op::JumpUnlessIs { a, ty, target } => write!(out, "r{a} is {} → {target}", self.ty(ty)),
            Op::JumpUnlessWithin { a, bounds, target } => {
                write!(out, "r{a} in B[{bounds}] → {target}")
            }
            Op::FieldOrJump { dst, a, name, target } => {
                write!(out, "r{dst} ← r{a}.{}, missing → {target}", self.text(name))
            }
            Op::Element { dst, a, index } => write!(out, "r{dst} ← r{a}[{index}]"),
            Op::VecRest { dst, a, from, drop } => write!(out, "r{dst} ← r{a}[{from}..-{drop}]"),
            Op::MapRest { dst, a, names } => {
                write!(out, "r{dst} ← r{a} without {}", self.names(names))
            }
            Op::MatchFail { a } | Op::PatternFail { a } => write!(out, "r{a}"),
            Op::Note { site, src, root, moment } => {
                let kind = self.prototype.sites.get(site as usize).map(|s| s.kind);
                write!(out, "note {moment:?}")?;
                if let Some(kind) = kind {
                    write!(out, " {kind:?}")?;
                }
                for reg in [src, root].into_iter().filter(|reg| *reg != NONE) {
                    write!(out, " r{reg}")?;
                }
                Ok(())
            }
            Op::AssertFail { message, left, right } => {
                for (what, reg) in [("message", message), ("left", left), ("right", right)] {
                    if reg != NONE {
                        write!(out, "{what} r{reg} ")?;
                    }
                }
                Ok(())
            }
        }?;
        out.truncate(out.trim_end().len());
        Ok(())
    }

    fn with_constant(&self, out: &mut String, dst: Reg, a: Reg, op: &str, k: Idx) -> fmt::Result {
        write!(out, "r{dst} ← r{a} {op} K[{k}] ({})", self.constant(k))
    }

    fn jump_constant(
        &self,
        out: &mut String,
        a: Reg,
        op: &str,
        k: Idx,
        target: u32,
    ) -> fmt::Result {
        write!(out, "r{a} {op} K[{k}] ({}) → {target}", self.constant(k))
    }
}

/// Writes a constant, stopping after `left` parts.
fn show(constant: &Const, out: &mut String, left: &mut usize) -> fmt::Result {
    let Some(rest) = left.checked_sub(1) else {
        out.push('…');
        return Ok(());
    };
    *left = rest;
    let list = |items: &[Const], open: &str, close: &str, out: &mut String, left: &mut usize| {
        out.push_str(open);
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { "" });
            if *left == 0 {
                out.push('…');
                break;
            }
            crate::deep(|| show(item, out, left))?;
        }
        out.push_str(close);
        Ok(())
    };
    match constant {
        Const::Null => write!(out, "null"),
        Const::Bool(value) => write!(out, "{value}"),
        Const::Int(n) => write!(out, "{n}"),
        Const::Big(n) => write!(out, "{n}"),
        Const::Float(x) => write!(out, "{x:?}"),
        Const::Decimal(d) => write!(out, "{d}d"),
        Const::Str(text) => write!(out, "{text:?}"),
        Const::Vec(items) => list(items, "[", "]", out, left),
        Const::Set(items) => list(items, "#{", "}", out, left),
        Const::Map(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                if *left == 0 {
                    out.push('…');
                    break;
                }
                crate::deep(|| show(key, out, left))?;
                out.push_str(": ");
                crate::deep(|| show(value, out, left))?;
            }
            out.push('}');
            Ok(())
        }
        Const::Range { start, end, inclusive } => {
            let bound = |n: &Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
            write!(out, "{}{}{}", bound(start), if *inclusive { "..=" } else { ".." }, bound(end))
        }
    }
}

fn show_type(ty: &TypeTest) -> String {
    match ty {
        TypeTest::Any => "Any".into(),
        TypeTest::Named(name) => name.to_string(),
        TypeTest::Literal(literal) => format!("{literal:?}"),
        TypeTest::Union(types) => {
            let shown: Vec<String> = types.iter().map(|ty| crate::deep(|| show_type(ty))).collect();
            shown.join(" | ")
        }
    }
}
