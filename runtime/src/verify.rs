//! Checks bytecode before it runs.
//!
//! The machine reads registers, constants and code addresses without bounds checks; this is what makes that sound: after
//! [`verify`] every operand of a prototype is inside its frame and tables, every jump lands on an instruction, and no path
//! runs off the end. Functions come one by one: what they refer to outside of themselves is noted, and checked by [`Outside::check`]
//! when all are there.

use crate::code;
use std::fmt;
use tansy_lang::bytecode::{LEFT_ANY, NONE, Op, Prototype, Step, Unit};

/// Says what is wrong with a prototype, if anything; else adds what it refers to, with its number.
pub(crate) fn verify(
    prototype: &Prototype,
    number: u16,
    outside: &mut Vec<(u16, Outside)>,
) -> Result<(), String> {
    let mut check = Check { prototype, number, outside, loops: false };
    check.all().map_err(|what| format!("bad bytecode in `{}`: {what}", prototype.name))
}

/// Something that a function refers to by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outside {
    Slot(u16),
    Native(u16),
    /// A prototype that is called or made without captures.
    Plain(u16),
    /// One that is made with so many.
    Closure(u16, u16),
    /// One that has the captures of another.
    Sibling(u16),
}

impl Outside {
    /// Says what is wrong with it, if anything.
    pub(crate) fn check(self, unit: &Unit, prototypes: &[code::Prototype]) -> Result<(), String> {
        let known = |what: &str, number: u16, count: usize| match usize::from(number) < count {
            true => Ok(()),
            false => Err(format!("bad bytecode: no {what} {number}")),
        };
        let (prototype, wanted) = match self {
            Outside::Slot(slot) => return known("slot", slot, unit.slots.len()),
            Outside::Native(native) => return known("native", native, unit.natives.len()),
            Outside::Sibling(prototype) => return known("prototype", prototype, prototypes.len()),
            Outside::Plain(prototype) => (prototype, 0),
            Outside::Closure(prototype, count) => (prototype, count),
        };
        match prototypes.get(usize::from(prototype)) {
            Some(found) if found.captures == wanted => Ok(()),
            Some(_) => Err(format!("bad bytecode: captures of {prototype} differ in number")),
            None => known("prototype", prototype, prototypes.len()),
        }
    }

    /// The prototype, if it is one.
    pub(crate) fn prototype(self) -> Option<usize> {
        match self {
            Outside::Plain(number) | Outside::Closure(number, _) | Outside::Sibling(number) => {
                Some(number.into())
            }
            Outside::Slot(_) | Outside::Native(_) => None,
        }
    }
}

/// So many instructions a function may have: jumps are distances in bytes of 31 bits, and an instruction has 16 bytes.
const LONGEST: usize = i32::MAX as usize / 16;

struct Check<'a> {
    prototype: &'a Prototype,
    number: u16,
    outside: &'a mut Vec<(u16, Outside)>,
    /// There are loops over elements.
    loops: bool,
}

/// (What is wrong is two words, since it hardly ever is.)
type Checked = Result<(), Box<str>>;

#[cold]
#[inline(never)]
fn wrong(what: fmt::Arguments<'_>) -> Checked {
    Err(what.to_string().into())
}

impl Check<'_> {
    fn all(&mut self) -> Checked {
        let p = self.prototype;
        let entry = p.parameters.len() + usize::from(p.captures);
        if entry > usize::from(p.registers) || p.registers == NONE {
            return Err("the frame is too small for its parameters".into());
        }
        if p.rest && p.parameters.is_empty() {
            return Err("a rest parameter that is none".into());
        }
        if p.code.len() > LONGEST {
            return Err("too many instructions".into());
        }
        let within =
            |left: &u32| *left == LEFT_ANY || p.registers >= 32 || left >> p.registers == 0;
        if !p.left.iter().all(within) {
            return Err("registers left that are outside the frame".into());
        }
        for (at, op) in p.code.iter().enumerate() {
            if let Err(what) = self.op(op, at) {
                return wrong(format_args!("{op:?} at {at}: {what}"));
            }
        }
        match p.code.last() {
            Some(
                Op::Jump { .. }
                | Op::Return { .. }
                | Op::ReturnNull
                | Op::TailCall { .. }
                | Op::TailCallFn { .. }
                | Op::TailCallSibling { .. }
                | Op::TailCallMethod { .. }
                | Op::Throw { .. }
                | Op::MatchFail { .. }
                | Op::PatternFail { .. }
                | Op::AssertFail { .. },
            ) => {}
            _ => return Err("the code runs off its end".into()),
        }
        for h in &p.handlers {
            self.reg(h.register)?;
            self.target(h.target)?;
            if h.start > h.end || h.end as usize > p.code.len() {
                return Err("a handler that covers no code".into());
            }
        }
        if self.loops && !tansy_lang::loops_are_apart(p) {
            return Err("a loop whose state is disturbed".into());
        }
        Ok(())
    }

    #[inline(always)]
    fn reg(&self, r: u16) -> Checked {
        if r < self.prototype.registers { Ok(()) } else { wrong(format_args!("no register {r}")) }
    }

    fn regs<const N: usize>(&self, rs: [u16; N]) -> Checked {
        rs.into_iter().try_for_each(|r| self.reg(r))
    }

    /// `count` registers from `base`.
    #[inline(always)]
    fn run(&self, base: u16, count: u32) -> Checked {
        let end = u32::from(base) + count;
        if end <= u32::from(self.prototype.registers) {
            Ok(())
        } else {
            wrong(format_args!("registers {base}..{end} are outside the frame"))
        }
    }

    #[inline(always)]
    fn table(what: &str, index: u16, len: usize) -> Checked {
        if usize::from(index) < len { Ok(()) } else { wrong(format_args!("no {what} {index}")) }
    }

    fn k(&self, k: u16) -> Checked {
        Self::table("constant", k, self.prototype.constants.len())
    }

    fn text(&self, k: u16) -> Checked {
        match self.prototype.constants.get(usize::from(k)) {
            Some(tansy_lang::bytecode::Const::Str(_)) => Ok(()),
            _ => wrong(format_args!("constant {k} is not a name")),
        }
    }

    #[inline(always)]
    fn target(&self, t: u32) -> Checked {
        if (t as usize) < self.prototype.code.len() {
            Ok(())
        } else {
            wrong(format_args!("no address {t}"))
        }
    }

    fn outside(&mut self, what: Outside) -> Checked {
        // The same often comes again.
        let what = (self.number, what);
        if self.outside.last() != Some(&what) {
            self.outside.push(what);
        }
        Ok(())
    }

    fn names(&self, n: u16) -> Checked {
        Self::table("name list", n, self.prototype.names.len())
    }

    fn slot(&mut self, s: u16) -> Checked {
        self.outside(Outside::Slot(s))
    }

    fn native(&mut self, n: u16) -> Checked {
        self.outside(Outside::Native(n))
    }

    /// A prototype that is called without captures must have none.
    fn plain(&mut self, p: u16) -> Checked {
        self.outside(Outside::Plain(p))
    }

    fn sibling(&mut self, p: u16) -> Checked {
        self.outside(Outside::Sibling(p))
    }

    fn op(&mut self, op: &Op, at: usize) -> Checked {
        match *op {
            Op::Move { dst, src } | Op::Copy { dst, src } => self.regs([dst, src]),
            Op::Const { dst, k } => self.reg(dst).and(self.k(k)),
            Op::Int { dst, .. } | Op::Null { dst } | Op::Bool { dst, .. } => self.reg(dst),
            Op::Drop { reg } => self.reg(reg),
            Op::GetSlot { dst, slot } => self.reg(dst).and(self.slot(slot)),
            Op::SetSlot { slot, src } => self.reg(src).and(self.slot(slot)),
            Op::Function { dst, prototype } => self.reg(dst).and(self.plain(prototype)),
            Op::Native { dst, native } => self.reg(dst).and(self.native(native)),
            Op::Closure { dst, prototype, base, count } => {
                self.reg(dst)?;
                self.run(base, count.into())?;
                self.outside(Outside::Closure(prototype, count))
            }
            Op::Sibling { dst, prototype, from } => {
                self.regs([dst, from]).and(self.sibling(prototype))
            }
            Op::OwnSibling { dst, prototype } => self.reg(dst).and(self.sibling(prototype)),
            Op::Call { dst, base, argc } => self.reg(dst).and(self.run(base, u32::from(argc) + 1)),
            Op::CallKept { dst, base, argc, function } => {
                self.regs([dst, function]).and(self.run(base, u32::from(argc) + 1))
            }
            Op::CallNamed { dst, base, argc, names } => {
                self.optional(dst)?;
                self.run(base, u32::from(argc) + 1)?;
                self.named(names, argc)
            }
            Op::CallSpread { dst, base } => self.optional(dst).and(self.run(base, 3)),
            Op::CallFn { dst, base, argc, prototype } => {
                self.reg(dst).and(self.run(base, u32::from(argc) + 1)).and(self.plain(prototype))
            }
            Op::CallSibling { dst, base, argc, prototype } => {
                self.reg(dst).and(self.run(base, u32::from(argc) + 1)).and(self.sibling(prototype))
            }
            Op::CallNative { dst, base, argc, native } => {
                self.reg(dst)?;
                self.run(base, u32::from(argc) + 1)?;
                self.native(native)
            }
            Op::CallMethod { dst, base, argc, name } => {
                self.reg(dst)?;
                self.method(base, argc, name)
            }
            Op::CallMethodNamed { dst, base, argc, name, names } => {
                self.optional(dst)?;
                self.method(base, argc, name)?;
                self.named(names, argc - 1)
            }
            Op::CallMethodSpread { dst, base, name } => {
                self.optional(dst).and(self.run(base, 4)).and(self.text(name))
            }
            Op::TailCall { base, argc } => self.run(base, u32::from(argc) + 1),
            Op::TailCallFn { base, argc, prototype } => {
                self.run(base, u32::from(argc) + 1).and(self.plain(prototype))
            }
            Op::TailCallSibling { base, argc, prototype } => {
                self.run(base, u32::from(argc) + 1).and(self.sibling(prototype))
            }
            Op::TailCallMethod { base, argc, name } => self.method(base, argc, name),
            Op::Return { src } | Op::Throw { src } => self.reg(src),
            Op::ReturnNull => Ok(()),
            Op::Add { dst, a, b }
            | Op::Sub { dst, a, b }
            | Op::Mul { dst, a, b }
            | Op::Div { dst, a, b }
            | Op::IntDiv { dst, a, b }
            | Op::Rem { dst, a, b }
            | Op::Binary { dst, a, b, .. }
            | Op::Eq { dst, a, b }
            | Op::Ne { dst, a, b }
            | Op::Lt { dst, a, b }
            | Op::Le { dst, a, b }
            | Op::In { dst, a, b }
            | Op::Index { dst, a, b }
            | Op::IndexOpt { dst, a, b }
            | Op::EachIndex { dst, a, b, .. } => self.regs([dst, a, b]),
            Op::AddK { dst, a, k }
            | Op::InK { dst, a, k }
            | Op::SubK { dst, a, k }
            | Op::MulK { dst, a, k }
            | Op::DivK { dst, a, k }
            | Op::IntDivK { dst, a, k }
            | Op::RemK { dst, a, k } => self.regs([dst, a]).and(self.k(k)),
            Op::Neg { dst, a }
            | Op::Not { dst, a }
            | Op::Each { dst, a }
            | Op::EachEach { dst, a }
            | Op::VecRest { dst, a, .. }
            | Op::Element { dst, a, .. } => self.regs([dst, a]),
            Op::Is { dst, a, ty } => {
                self.regs([dst, a]).and(Self::table("type", ty, self.prototype.types.len()))
            }
            Op::Range { dst, base, .. } => self.reg(dst).and(self.run(base, 2)),
            Op::Concat { dst, base, count }
            | Op::VecNew { dst, base, count }
            | Op::SetNew { dst, base, count } => self.reg(dst).and(self.run(base, count.into())),
            Op::Format { dst, a, format } => {
                self.regs([dst, a])?;
                Self::table("format", format, self.prototype.formats.len())
            }
            Op::Jump { target } => self.target(target),
            Op::JumpIf { a, target }
            | Op::JumpIfNot { a, target }
            | Op::JumpNull { a, target }
            | Op::JumpNotNull { a, target }
            | Op::JumpSet { a, target }
            | Op::JumpUnlessVec { a, target, .. }
            | Op::JumpUnlessMap { a, target, .. } => self.reg(a).and(self.target(target)),
            Op::JumpEq { a, b, target }
            | Op::JumpNe { a, b, target }
            | Op::JumpLt { a, b, target }
            | Op::JumpLe { a, b, target } => self.regs([a, b]).and(self.target(target)),
            Op::JumpEqK { a, k, target }
            | Op::JumpNeK { a, k, target }
            | Op::JumpLtK { a, k, target }
            | Op::JumpLeK { a, k, target }
            | Op::JumpGtK { a, k, target }
            | Op::JumpGeK { a, k, target } => self.reg(a).and(self.k(k)).and(self.target(target)),
            Op::RangePrep { base, var, target, .. } | Op::RangeNext { base, var, target } => {
                self.run(base, 3).and(self.reg(var)).and(self.target(target))
            }
            Op::IterPrep { iter, src } => self.run(iter, 3).and(self.reg(src)),
            Op::IterNext { iter, dst, target } => {
                self.loops = true;
                self.run(iter, 3).and(self.reg(dst)).and(self.target(target))?;
                let next = self.prototype.code.get(at + 1);
                let fits = matches!(next, Some(Op::IterSeq { iter: i, .. }) if *i == iter);
                if fits { self.target(at as u32 + 2) } else { Err("no IterSeq follows".into()) }
            }
            Op::IterPair { iter, a, b, target } => {
                self.loops = true;
                self.run(iter, 3).and(self.regs([a, b])).and(self.target(target))?;
                let next = self.prototype.code.get(at + 1);
                let fits = matches!(next, Some(Op::IterSeqPair { iter: i, .. }) if *i == iter);
                if fits { self.target(at as u32 + 2) } else { Err("no IterSeqPair follows".into()) }
            }
            Op::IterSeq { iter, dst, target } => {
                self.run(iter, 3).and(self.reg(dst)).and(self.target(target))
            }
            Op::IterSeqPair { iter, a, b, target } => {
                self.run(iter, 3).and(self.regs([a, b])).and(self.target(target))
            }
            Op::VecPush { vec, src } | Op::VecExtend { vec, src } => self.regs([vec, src]),
            Op::SetAdd { set, src } | Op::SetExtend { set, src } => self.regs([set, src]),
            Op::MapNew { dst, base, names } => {
                self.reg(dst).and(self.names(names))?;
                self.run(base, self.prototype.names[usize::from(names)].len() as u32)
            }
            Op::MapPut { map, key, value } => self.regs([map, key, value]),
            Op::MapExtend { map, src } => self.regs([map, src]),
            Op::Field { dst, a, name } | Op::FieldOpt { dst, a, name } => {
                self.regs([dst, a]).and(self.text(name))
            }
            Op::EachField { dst, a, name, .. } => self.regs([dst, a]).and(self.text(name)),
            Op::GetPath { dst, root, path, base, .. } | Op::TakePath { dst, root, path, base } => {
                self.regs([dst, root]).and(self.path(root, path, base))
            }
            Op::SetPath { root, path, base, value }
            | Op::UpdatePath { root, path, base, value, .. } => {
                if root == value {
                    return Err("a value that is its own root".into());
                }
                self.regs([root, value]).and(self.path(root, path, base))
            }
            Op::MapPath { root, path, base, function } => {
                self.regs([root, function]).and(self.path(root, path, base))
            }
            Op::DeletePath { root, path, base } => self.reg(root).and(self.path(root, path, base)),
            Op::JumpUnlessIs { a, ty, target } => {
                self.reg(a).and(self.target(target))?;
                Self::table("type", ty, self.prototype.types.len())
            }
            Op::JumpUnlessWithin { a, bounds, target } => {
                self.reg(a).and(self.target(target))?;
                Self::table("bounds", bounds, self.prototype.bounds.len())
            }
            Op::FieldOrJump { dst, a, name, target } => {
                self.regs([dst, a]).and(self.text(name)).and(self.target(target))
            }
            Op::MapRest { dst, a, names } => self.regs([dst, a]).and(self.names(names)),
            Op::MatchFail { a } | Op::PatternFail { a } => self.reg(a),
            Op::Note { site, src, root, .. } => {
                if site as usize >= self.prototype.sites.len() {
                    return wrong(format_args!("no site {site}"));
                }
                self.optional(src).and(self.optional(root))
            }
            Op::AssertFail { message, left, right } => {
                self.optional(message).and(self.optional(left)).and(self.optional(right))
            }
        }
    }

    fn optional(&self, r: u16) -> Checked {
        if r == NONE { Ok(()) } else { self.reg(r) }
    }

    fn named(&self, names: u16, argc: u16) -> Checked {
        self.names(names)?;
        let count = self.prototype.names[usize::from(names)].len();
        if count <= usize::from(argc) { Ok(()) } else { Err("more names than arguments".into()) }
    }

    fn method(&self, base: u16, argc: u16, name: u16) -> Checked {
        if argc == 0 {
            return Err("a method without a receiver".into());
        }
        self.run(base, u32::from(argc) + 1).and(self.text(name))
    }

    /// The keys of a path, which stand apart from the root they lead into.
    fn path(&self, root: u16, path: u16, base: u16) -> Checked {
        Self::table("path", path, self.prototype.paths.len())?;
        let steps = &self.prototype.paths[usize::from(path)];
        if steps.is_empty() {
            return Err("an empty path".into());
        }
        let keys = steps.iter().filter(|s| matches!(s, Step::Index { .. })).count();
        if keys == 0 {
            return Ok(());
        }
        self.run(base, keys as u32)?;
        if usize::from(root) >= usize::from(base) && usize::from(root) < usize::from(base) + keys {
            return Err("a root among its own keys".into());
        }
        Ok(())
    }
}
