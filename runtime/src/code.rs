//! A compiled unit made ready to run: constants as values, natives resolved, operands checked.
//!
//! Invariant, on which the machine's unchecked register accesses rest: every [`Prototype`] here has passed
//! [`crate::verify`].

mod block;
mod constants;
mod infos;
mod shares;
mod slots;

use crate::host::HostTable;
use crate::native::{Native, Registry};
use crate::path::PathStep;
use crate::value::{Keys, Kind, Value};
use crate::verify::{self, Outside};
use crate::vm::{Begins, CodeCell, Formula, Instructions, Loader};
use block::Parts;
use constants::literal;
use infos::{Gathering, Infos};
use smol_str::SmolStr;
use std::ops::Deref;
use std::ptr;
use std::sync::OnceLock;
use tansy_lang::ast::FormatSpec;
use tansy_lang::bytecode::{
    self, Handler, Import, Literal, NONE, Site, Test as TestBlock, TypeTest, Unit,
};
use tansy_lang::source::Span;

pub(crate) use block::{LoadedCode, LoadedRef};
pub(crate) use constants::{Constants, range};
pub use shares::Code;
pub(crate) use shares::{Made, Shares};

/// What few programs have.
#[derive(Debug)]
pub(crate) struct Besides {
    /// The names of the inputs, which are the parameters of the body.
    inputs: Box<[SmolStr]>,
    imports: Box<[Import]>,
    tests: Box<[TestBlock]>,
    docs: Box<[(SmolStr, String)]>,
    /// By the numbers of functions, in order.
    extras: Box<[(u16, Extra)]>,
}

/// A function or constant that is in scope without a declaration.
#[derive(Clone, Debug)]
pub(crate) enum Callee {
    Native(&'static Native),
    /// A function of the host, as a value.
    Host(Value),
    /// A constant of the host.
    Constant(Value),
}

/// A range pattern: at least this, below or up to that.
pub(crate) type Within = (Option<Value>, Option<Value>, bool);

/// A list of names: the keys of a literal or pattern, or the names of arguments.
#[derive(Debug)]
pub(crate) struct Names {
    names: Box<[Value]>,
    /// Their places in key order.
    pub(crate) order: Box<[u16]>,
    /// The keys that maps made by a literal share, from the first on.
    keys: OnceLock<Option<Keys>>,
}

impl Names {
    fn new(names: &[SmolStr]) -> Names {
        let mut order: Vec<u16> = (0..names.len() as u16).collect();
        // The key order of strings is the order of their bytes.
        order.sort_by_key(|i| names[usize::from(*i)].as_bytes());
        let names = names.iter().map(|name| Value::str(name)).collect();
        Names { names, order: order.into(), keys: OnceLock::new() }
    }

    /// The names as keys of a small map; `None` if they are too many.
    #[inline]
    pub(crate) fn keys(&self) -> Option<&Keys> {
        self.keys.get_or_init(|| Keys::fixed(self.sorted())).as_ref()
    }

    /// The names in key order.
    pub(crate) fn sorted(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.order.iter().map(|i| &self.names[usize::from(*i)])
    }
}

impl Deref for Names {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.names
    }
}

/// What the machine reads of a function while it runs. Its code and its constants stand in the same block; until they do, their numbers
/// among those of the unit take the places of the addresses.
#[derive(Debug)]
pub(crate) struct Prototype {
    pub(crate) code: Instructions,
    pub(crate) constants: *const Value,
    tables: Option<Box<Tables>>,
    /// The whole of it, if it is short enough.
    pub(crate) formula: Option<Box<Formula>>,
    /// It, or what it calls or makes, reads the slots of its module.
    pub(crate) environment: bool,
    /// Its place among the prototypes of its unit.
    pub(crate) number: u16,
    pub(crate) registers: u16,
    pub(crate) parameters: u16,
    pub(crate) required: u16,
    /// The number of arguments that need no arranging; one that no call has ([`NONE`]) where there is a rest parameter.
    pub(crate) exactly: u16,
    /// The same where there are no captures to place either, nor its own closure to keep.
    pub(crate) plainly: u16,
    pub(crate) captures: u16,
    /// It makes or calls functions of its own group, for which it needs its own closure.
    pub(crate) own: bool,
}

const _: () = assert!(size_of::<Prototype>() == 16 + 4 * size_of::<usize>());

impl Default for Prototype {
    /// What stands for one that comes later.
    fn default() -> Prototype {
        let begins = Begins { constants: 0, cells: 0 };
        Prototype::new(&bytecode::Prototype::default(), 0, begins, None, None, false)
    }
}

/// What instructions refer to by number, besides constants. Many functions have none of it.
#[derive(Debug)]
struct Tables {
    /// Values of range patterns, in the unit's order: start, end.
    bounds: Box<[Within]>,
    paths: Box<[Box<[PathStep]>]>,
    names: Box<[Names]>,
    types: Box<[Test]>,
    formats: Box<[FormatSpec]>,
}

impl Prototype {
    /// Values of range patterns.
    pub(crate) fn bounds(&self) -> &[Within] {
        self.tables.as_ref().map_or(&[], |tables| &tables.bounds)
    }

    /// Whether instructions refer to something by number, besides constants.
    #[inline(always)]
    pub(crate) fn has_tables(&self) -> bool {
        self.tables.is_some()
    }

    #[inline]
    pub(crate) fn paths(&self) -> &[Box<[PathStep]>] {
        self.tables.as_ref().map_or(&[], |tables| &tables.paths)
    }

    #[inline]
    pub(crate) fn names(&self) -> &[Names] {
        self.tables.as_ref().map_or(&[], |tables| &tables.names)
    }

    pub(crate) fn types(&self) -> &[Test] {
        self.tables.as_ref().map_or(&[], |tables| &tables.types)
    }

    /// Specifications of formats.
    pub(crate) fn formats(&self) -> &[FormatSpec] {
        self.tables.as_ref().map_or(&[], |tables| &tables.formats)
    }

    /// How many parameters there are without the rest one.
    pub(crate) fn positional(&self) -> usize {
        usize::from(self.parameters) - usize::from(self.rest())
    }

    /// The last parameter takes any number of arguments.
    pub(crate) fn rest(&self) -> bool {
        self.exactly == NONE
    }
}

/// What few functions have.
#[derive(Debug, Default)]
struct Extra {
    handlers: Box<[Handler]>,
    /// What traced code tells of.
    sites: Box<[Site]>,
}

/// A type test with its literals as values.
#[derive(Debug)]
pub(crate) enum Test {
    Any,
    Kind(Kind),
    Equal(Value),
    /// An object of the type of this name.
    Object(SmolStr),
    Union(Box<[Test]>),
}

impl Test {
    fn load(test: &TypeTest) -> Result<Test, String> {
        const KINDS: [Kind; 13] = [
            Kind::Null,
            Kind::Bool,
            Kind::Int,
            Kind::Float,
            Kind::Decimal,
            Kind::Str,
            Kind::Vec,
            Kind::Map,
            Kind::Set,
            Kind::Range,
            Kind::Seq,
            Kind::Fn,
            Kind::Error,
        ];
        Ok(match test {
            TypeTest::Any => Test::Any,
            TypeTest::Named(name) => {
                let kind = KINDS.into_iter().find(|k| k.name() == name);
                kind.map_or_else(|| Test::Object(name.clone()), Test::Kind)
            }
            TypeTest::Literal(l) => Test::Equal(literal(l)?),
            TypeTest::Union(tests) => {
                Test::Union(tests.iter().map(Test::load).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Whether a value passes.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match self {
            Test::Any => true,
            Test::Kind(kind) => value.kind() == *kind,
            Test::Equal(wanted) => value == wanted,
            Test::Object(name) => value.kind() == Kind::Object && value.type_name() == name,
            Test::Union(tests) => tests.iter().any(|t| t.accepts(value)),
        }
    }
}

/// A unit being made ready, function by function.
#[derive(Default)]
pub(crate) struct Loading {
    prototypes: Vec<Prototype>,
    infos: Gathering,
    extras: Vec<(u16, Extra)>,
    /// What they refer to, each behind the number of the function.
    outside: Vec<(u16, Outside)>,
    loader: Loader,
    /// What was wrong with one of them.
    wrong: Option<String>,
}

impl Loading {
    /// Makes a function ready.
    pub(crate) fn add(&mut self, number: u16, prototype: &bytecode::Prototype) {
        if let Err(wrong) = self.load(number, prototype) {
            self.wrong = Some(wrong);
        }
    }

    fn load(&mut self, number: u16, prototype: &bytecode::Prototype) -> Result<(), String> {
        verify::verify(prototype, number, &mut self.outside)?;
        let tables = Tables::load(prototype)?;
        let begins = self.loader.load(prototype)?;
        // Nobody calls the body.
        let formula = if number == 0 { None } else { self.loader.formula(prototype) };
        let own = self.loader.own;
        let loaded = Prototype::new(prototype, number, begins, tables, formula, own);
        let index = usize::from(number);
        if index >= self.prototypes.len() {
            // (They come in order, but for those inside of others, and the body, which is the first and comes last.)
            self.prototypes.resize_with(index, Prototype::default);
            self.prototypes.push(loaded);
        } else {
            self.prototypes[index] = loaded;
        }
        self.infos.add(number, prototype)?;
        let bytecode::Prototype { handlers, sites, .. } = prototype;
        if !handlers.is_empty() || !sites.is_empty() {
            let extra = Extra { handlers: handlers[..].into(), sites: sites[..].into() };
            self.extras.push((number, extra));
        }
        Ok(())
    }

    /// The unit that these functions are of, ready. Fails, with a message, on one that no compiler of this version makes.
    pub(crate) fn finish(
        self,
        unit: Unit,
        registry: &Registry,
        host: Option<&HostTable>,
    ) -> Result<LoadedRef, String> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let callee = |name: &SmolStr| {
            let host = host.and_then(|h| h.get(name)).cloned();
            let found = host.or_else(|| registry.global(name).map(Callee::Native));
            found.ok_or_else(|| format!("there is no built-in `{name}`"))
        };
        let natives = unit.natives.iter().map(callee).collect::<Result<Vec<_>, String>>()?;
        for (_, outside) in &self.outside {
            outside.check(&unit, &self.prototypes)?;
        }
        let Loader { mut cells, apart, meetings, constants, .. } = self.loader;
        let mut prototypes = self.prototypes;
        for meeting in &meetings {
            meeting.meet(&mut cells, &prototypes, &natives);
        }
        for number in environments(&self.outside, prototypes.len()) {
            prototypes[number].environment = true;
        }
        let infos = self.infos.finish(&unit.slots);
        let Unit { source, imports, tests, docs, slots, .. } = unit;
        let body = Infos::of(&infos, prototypes.len()).get(0);
        let inputs: Box<[SmolStr]> = body.parameters().map(|(name, _)| name.into()).collect();
        let mut extras = self.extras;
        let none = inputs.is_empty() && imports.is_empty() && tests.is_empty();
        let none = none && docs.is_empty() && extras.is_empty();
        let besides = (!none).then(|| {
            extras.sort_by_key(|(number, _)| *number);
            let (imports, tests, docs) = (imports.into(), tests.into(), docs.into());
            Box::new(Besides { inputs, imports, tests, docs, extras: extras.into() })
        });
        let constants = constants.into_values();
        let slots = slots.len();
        let parts = Parts { prototypes, natives, constants, cells, apart, infos, slots };
        LoadedRef::new(source, besides, parts).ok_or_else(|| "too many instructions".into())
    }
}

impl LoadedCode {
    /// The names of the inputs, which are the parameters of the body.
    #[inline]
    pub(crate) fn inputs(&self) -> &[SmolStr] {
        self.besides.as_ref().map_or(&[], |besides| &besides.inputs)
    }

    /// What is loaded before the body runs.
    pub(crate) fn imports(&self) -> &[Import] {
        self.besides.as_ref().map_or(&[], |besides| &besides.imports)
    }

    pub(crate) fn tests(&self) -> &[TestBlock] {
        self.besides.as_ref().map_or(&[], |besides| &besides.tests)
    }

    /// Doc comments by name.
    pub(crate) fn docs(&self) -> &[(SmolStr, String)] {
        self.besides.as_ref().map_or(&[], |besides| &besides.docs)
    }

    /// The name of a prototype, for traces.
    pub(crate) fn name(&self, prototype: usize) -> &str {
        self.infos().get(prototype).name()
    }

    /// The place of an instruction.
    pub(crate) fn span(&self, prototype: usize, pc: usize) -> Span {
        self.infos().get(prototype).place(pc).unwrap_or_default()
    }

    pub(crate) fn handlers(&self, prototype: usize) -> &[Handler] {
        self.extra(prototype).map_or(&[], |extra| &extra.handlers)
    }

    /// What the notes of a prototype tell of.
    pub(crate) fn sites(&self, prototype: usize) -> &[Site] {
        self.extra(prototype).map_or(&[], |extra| &extra.sites)
    }

    fn extra(&self, prototype: usize) -> Option<&Extra> {
        let extras = &self.besides.as_ref()?.extras;
        let place = extras.binary_search_by_key(&prototype, |(number, _)| usize::from(*number));
        Some(&extras[place.ok()?].1)
    }

    /// The number of the prototype at an address inside `prototypes`.
    pub(crate) fn index_of(&self, prototype: *const Prototype) -> usize {
        (prototype.addr() - self.prototypes().as_ptr().addr()) / size_of::<Prototype>()
    }
}

impl Prototype {
    /// A verified function of which these were made. Whether it needs an environment is seen later.
    #[inline(always)]
    fn new(
        prototype: &bytecode::Prototype,
        number: u16,
        begins: Begins,
        tables: Option<Box<Tables>>,
        formula: Option<Box<Formula>>,
        own: bool,
    ) -> Prototype {
        let parameters = prototype.parameters.len() as u16;
        let exactly = if prototype.rest { NONE } else { parameters };
        Prototype {
            code: Instructions::from(ptr::without_provenance(begins.cells)),
            constants: ptr::without_provenance(begins.constants),
            tables,
            formula,
            environment: false,
            number,
            registers: prototype.registers,
            parameters,
            required: prototype.parameters.iter().filter(|p| !p.optional).count() as u16,
            exactly,
            plainly: if own || prototype.captures > 0 { NONE } else { exactly },
            captures: prototype.captures,
            own,
        }
    }

    /// Finds its code and its constants among those of its unit.
    ///
    /// # Safety
    /// They have their numbers there.
    unsafe fn place(&mut self, constants: *const Value, cells: *const CodeCell) {
        // SAFETY: the caller's promise.
        unsafe {
            self.constants = constants.add(self.constants.addr());
            self.code = Instructions::from(cells.add(self.code.start().addr()));
        }
    }
}

impl Tables {
    /// The tables of a prototype, if there is anything in them.
    fn load(prototype: &bytecode::Prototype) -> Result<Option<Box<Tables>>, String> {
        let bytecode::Prototype { bounds, paths, names, types, formats, .. } = prototype;
        let none = bounds.is_empty() && paths.is_empty() && names.is_empty() && types.is_empty();
        if none && formats.is_empty() {
            return Ok(None);
        }
        let value = |l: &Option<Literal>| l.as_ref().map(literal).transpose();
        let bounds = bounds.iter().map(|b| Ok((value(&b.start)?, value(&b.end)?, b.inclusive)));
        Ok(Some(Box::new(Tables {
            bounds: bounds.collect::<Result<_, String>>()?,
            paths: paths.iter().map(|path| path.iter().map(PathStep::from).collect()).collect(),
            names: names.iter().map(|names| Names::new(names)).collect(),
            types: types.iter().map(Test::load).collect::<Result<_, _>>()?,
            formats: formats[..].into(),
        })))
    }
}

/// Which of so many prototypes need their module's environment: those that read or set slots, and those that call or make such.
fn environments(outside: &[(u16, Outside)], count: usize) -> Vec<usize> {
    let slots = outside.iter().filter(|(_, o)| matches!(o, Outside::Slot(_)));
    let mut found: Vec<usize> = slots.map(|(user, _)| usize::from(*user)).collect();
    if found.is_empty() {
        return found;
    }
    found.dedup();
    let mut needs = vec![false; count];
    found.iter().for_each(|number| needs[*number] = true);
    // By the number of what is called or made, who does.
    let uses = outside.iter().filter_map(|(user, o)| Some((o.prototype()?, usize::from(*user))));
    let mut uses: Vec<(usize, usize)> = uses.collect();
    uses.sort_unstable();
    let mut next = 0;
    while let Some(number) = found.get(next).copied() {
        next += 1;
        let first = uses.partition_point(|(used, _)| *used < number);
        for (_, user) in uses[first..].iter().take_while(|(used, _)| *used == number) {
            if !std::mem::replace(&mut needs[*user], true) {
                found.push(*user);
            }
        }
    }
    found
}
