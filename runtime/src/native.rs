//! Native functions: rows in a table, and the registry that scripts are linked against.
//!
//! A row is one built-in: a free function (`print`), a member of a module (`math.sqrt`), a method of a type (`Vec.push`).
//! Its body is a Rust function, or a Tansy function of the same name in the file that its table names: whatever takes a
//! function is written in Tansy, so no native ever calls back into the machine.

use crate::code::Shares;
use crate::fault::{Fault, Limit};
use crate::grants::{Grants, State};
use crate::value::{DIGITS, Kind, Value, heap, sort, watch};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use tansy_lang::library::{Library, Member, Method, Parameter, Signature};

/// A native body. The arguments are the callee's own (it may `take` them); a missing optional one is `Undefined`. A rest parameter
/// arrives as the remaining elements of the slice. Cost beyond O(1) must be charged with [`Context::charge`], and large results announced with
/// [`Context::reserve`] before they are made.
pub type NativeFn = fn(&mut Context<'_>, &mut [Value]) -> Result<Value, Fault>;

/// One built-in.
#[derive(Clone, Copy)]
pub struct Row {
    /// The parameter list as shown to people, without the receiver: `(width, fill = " ")`, `(...values)`. A parameter with ` = ` is optional.
    /// The name stands before it: `pad(width, fill = " ")`. A constant has no parentheses: `pi`.
    pub signature: &'static str,
    /// What it does, in a sentence or two; cost where it is not O(1).
    pub doc: &'static str,
    /// A program whose lines with `// → value` are checked by the tests.
    pub example: &'static str,
    /// How it is done.
    pub body: Body,
}

/// How a built-in is done.
#[derive(Clone, Copy)]
pub enum Body {
    /// In Rust.
    Native(NativeFn),
    /// In Rust, and it has an effect besides its result.
    Effect(NativeFn),
    /// In Tansy: the function of the same name in the table's `script` (for a method, the receiver is its first parameter).
    Script,
}

/// The built-ins of one place.
#[derive(Clone, Copy)]
pub struct Table {
    /// Where they live.
    pub place: Place,
    /// One sentence about the place, for the reference.
    pub doc: &'static str,
    /// The Tansy half, if any: file name (for traces) and text.
    pub script: Option<(&'static str, &'static str)>,
    /// The rows.
    pub rows: &'static [Row],
}

/// Where built-ins live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In scope by name. Names that begin with `__` are visible to the library's own Tansy half only.
    Global,
    /// `module.name`
    Module(&'static str),
    /// Methods of the values of a kind.
    Type(Kind),
    /// Methods of every value.
    Any,
}

impl Row {
    /// The name alone: the signature up to its parenthesis.
    pub fn name(&self) -> &'static str {
        let end = self.signature.bytes().position(|c| c == b'(');
        end.and_then(|end| self.signature.get(..end)).unwrap_or(self.signature)
    }

    fn parsed(&self) -> Signature {
        Signature { pure: !matches!(self.body, Body::Effect(_)), ..signature(self.signature) }
    }
}

/// Steps between two looks at the clock, the memory and the interrupt flag.
pub(crate) const SLICE: i64 = 10_000;

/// Where a run prints.
pub(crate) type Printer<'a> = dyn FnMut(&str) -> Result<(), Limit> + 'a;

/// What a native may use of the running machine.
pub struct Context<'a> {
    /// Steps left in this slice; below zero, the machine settles with the bank.
    pub(crate) fuel: i64,
    /// Steps left beyond this slice.
    pub(crate) bank: i64,
    /// When the fuel has come down to this, it is time for a look at the limits.
    pub(crate) look_at: i64,
    /// The value of [`heap::allocated`] that must not be passed.
    pub(crate) memory_end: i64,
    /// Where `print` goes.
    pub(crate) output: Option<&'a mut Printer<'a>>,
    /// Bytes that may still be printed.
    pub(crate) output_left: u64,
    /// The native that runs or ran last.
    pub(crate) native: Option<&'static Native>,
    /// What the program may reach.
    pub(crate) grants: &'a Grants,
    /// What the run remembers of that.
    pub(crate) state: Option<Box<State>>,
}

impl Context<'_> {
    /// Charges for `steps` elementary steps (an element visited, some ten bytes copied), before they are done. Every ten thousand or
    /// so it looks at the clock; so work that takes long is charged as it goes.
    #[inline]
    pub fn charge(&mut self, steps: usize) -> Result<(), Fault> {
        self.fuel = self.fuel.saturating_sub(i64::try_from(steps).unwrap_or(i64::MAX));
        if self.fuel < self.look_at || watch::full() { self.look() } else { Ok(()) }
    }

    /// As [`Context::charge`] for work that goes on to its end whatever happens, a nanosecond or so a step: refused, too, when the
    /// deadline would pass before.
    pub fn charge_whole(&mut self, steps: usize) -> Result<(), Fault> {
        self.charge(steps)?;
        if steps < 1 << 20 { Ok(()) } else { watch::look_ahead(steps as u64).map_err(Fault::Limit) }
    }

    /// Charges for writing or reading so many words of an Int as digits, which takes more than linear time.
    pub fn charge_digits(&mut self, words: usize) -> Result<(), Fault> {
        self.charge_whole(words.saturating_mul(words / 16 + 1))?;
        self.reserve((words * DIGITS) as u64)
    }

    /// Sorts by `order`, stable, with looks at the limits; `key` gives what is compared. The error is a limit, and some items may be gone.
    pub fn sort_by<T>(
        &mut self,
        items: &mut Vec<T>,
        key: impl Fn(&T) -> &Value,
        order: impl FnMut(&T, &T) -> std::cmp::Ordering,
    ) -> Result<(), Fault> {
        match sort::sort_by(items, |item| sort::walks(key(item)), order) {
            true => Ok(()),
            false => Err(Fault::Limit(watch::stopped().unwrap_or(Limit::Memory))),
        }
    }

    /// Looks at everything that can end a run.
    #[cold]
    pub(crate) fn look(&mut self) -> Result<(), Fault> {
        if self.fuel.saturating_add(self.bank) < 0 {
            return Err(Fault::Limit(Limit::Fuel));
        }
        self.look_at = self.fuel.saturating_sub(SLICE).max(self.bank.saturating_neg());
        watch::look().map_err(Fault::Limit)
    }

    /// Charges for the walks over values since this was last called.
    #[inline]
    pub(crate) fn settle_work(&mut self) {
        if heap::work() > 0 {
            self.settle_some_work();
        }
    }

    fn settle_some_work(&mut self) {
        let work = heap::take_work();
        if work > 16 {
            self.fuel = self.fuel.saturating_sub(i64::try_from(work / 4).unwrap_or(i64::MAX));
        }
    }

    /// Announces a result of about `bytes` bytes; refuses it when the memory limit would be passed.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.memory_left() { Err(Fault::Limit(Limit::Memory)) } else { Ok(()) }
    }

    /// Counts `bytes` as held until the result is dropped; refuses them when the memory limit would be passed. For buffers that are
    /// not values yet.
    pub fn hold(&mut self, bytes: usize) -> Result<heap::Charge, Fault> {
        self.reserve(bytes as u64)?;
        Ok(heap::Charge::new(bytes))
    }

    /// Bytes that may still be allocated.
    pub fn memory_left(&self) -> u64 {
        self.memory_end.saturating_sub(heap::allocated()).max(0) as u64
    }

    /// The most bits a big integer may have here.
    pub fn max_bits(&self) -> u64 {
        self.memory_left().saturating_mul(4).min(1 << 22)
    }

    /// Prints.
    pub fn print(&mut self, text: &str) -> Result<(), Fault> {
        self.output_left =
            (self.output_left.checked_sub(text.len() as u64)).ok_or(Fault::Limit(Limit::Output))?;
        match &mut self.output {
            Some(output) => output(text).map_err(Fault::Limit),
            None => Ok(()),
        }
    }

    /// The name under which the native was called, for messages. A helper's is that of what it helps.
    pub fn name(&self) -> &'static str {
        self.native.map_or("", |native| native.name.trim_start_matches('_'))
    }

    /// The same with its place: `math.sqrt`.
    pub fn full_name(&self) -> &'static str {
        self.native.map_or("", |native| &native.full_name)
    }
}

/// Methods so short and so frequent that a call would cost more than they do. Their rows say what they mean; the machine does no more
/// than the case in which nothing can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quick {
    No,
    VecLen,
    VecPush,
    VecSet,
    /// What the library's own Tansy half asks of an argument first of all.
    Function,
    /// A body in Tansy, whose frame is entered at once.
    Script,
}

impl Quick {
    fn of(full_name: &str, body: &NativeBody) -> Quick {
        match (full_name, body) {
            (_, NativeBody::Script(..)) => Quick::Script,
            ("Vec.len", _) => Quick::VecLen,
            ("Vec.push", _) => Quick::VecPush,
            ("Vec.set", _) => Quick::VecSet,
            ("__function", _) => Quick::Function,
            _ => Quick::No,
        }
    }

    /// Whether a call takes a step, and settles the work of walks. What the machine does itself, once it has seen a call of a method, does
    /// not: nor may it before.
    pub(crate) fn takes_step(self) -> bool {
        !matches!(self, Quick::VecLen | Quick::VecPush | Quick::VecSet)
    }
}

/// A built-in, registered. Registered ones live as long as the process.
#[derive(Debug)]
pub struct Native {
    /// Its place in the registry; inline caches remember it.
    pub(crate) id: u32,
    /// Its name alone.
    pub name: &'static str,
    /// Its name with its place: `math.sqrt`, `Vec.push`.
    pub full_name: String,
    /// Where it lives.
    pub place: Place,
    /// The parameters, without a receiver.
    pub signature: Signature,
    /// How the machine does it without a call, in the common case.
    pub(crate) quick: Quick,
    /// With so many arguments, a receiver included, a body in Rust can be called as it is.
    pub(crate) exactly: usize,
    pub(crate) body: NativeBody,
}

impl Native {
    /// Whether its first argument is a receiver.
    pub(crate) fn is_method(&self) -> bool {
        matches!(self.place, Place::Type(_) | Place::Any)
    }
}

/// How a registered built-in is done.
pub(crate) enum NativeBody {
    Rust(NativeFn),
    Script(&'static Script, OnceLock<Result<(&'static Shares, usize), String>>),
}

impl std::fmt::Debug for NativeBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NativeBody::Rust(_) => "Rust",
            NativeBody::Script(..) => "Tansy",
        })
    }
}

/// The Tansy half of a table, compiled when first needed.
pub(crate) struct Script {
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
    /// Its place among the scripts of the registry.
    pub(crate) number: usize,
    pub(crate) code: OnceLock<Result<Shares, String>>,
}

/// Every built-in, by name. Made once for a set of tables and kept for the life of the process.
///
/// Making one only finds out where each name stands; a built-in itself is made when it is first asked for, so that starting costs
/// little however large the library is.
pub struct Registry {
    tables: &'static [Registered],
    rows: Box<[Entry]>,
    /// Numbers of rows, by place and name.
    index: HashTable<u32>,
    library: Library,
}

/// A table and its Tansy half.
struct Registered {
    table: Table,
    script: Option<&'static Script>,
}

/// A row of a registry. Its number is the built-in's `id`.
struct Entry {
    table: u32,
    row: u32,
    name: &'static str,
    native: OnceLock<&'static Native>,
}

impl Registry {
    /// Registers tables. They are kept for the life of the process: make one registry and share it. Where a name stands twice in one
    /// place, the last one counts.
    pub fn new(tables: &[Table]) -> &'static Registry {
        let mut scripts: Vec<&'static Script> = Vec::new();
        let tables = tables.iter().map(|table| {
            let script = table.script.map(|(file, text)| {
                let known = scripts.iter().find(|s| s.file == file).copied();
                known.unwrap_or_else(|| {
                    let number = scripts.len();
                    let script = Script { file, text, number, code: OnceLock::new() };
                    scripts.push(Box::leak(Box::new(script)));
                    scripts[scripts.len() - 1]
                })
            });
            Registered { table: *table, script }
        });
        let tables: &'static [Registered] = Box::leak(tables.collect());
        let count = tables.iter().map(|t| t.table.rows.len()).sum();
        let mut rows = Vec::with_capacity(count);
        let mut index: HashTable<u32> = HashTable::with_capacity(count);
        for (number, registered) in tables.iter().enumerate() {
            for (at, row) in registered.rows() {
                let (table, name) = (number as u32, row.name());
                rows.push(Entry { table, row: at as u32, name, native: OnceLock::new() });
            }
        }
        let key = |id: u32| key(tables, &rows[id as usize]);
        let hash = |id: &u32| hash(key(*id));
        for id in 0..rows.len() as u32 {
            let wanted = key(id);
            let entry = index.entry(hash(&id), |other| key(*other) == wanted, hash);
            entry.insert(id);
        }
        let library = Library::lazy(
            move || functions(tables),
            move || modules(tables),
            move || methods(tables),
        );
        Box::leak(Box::new(Registry { tables, rows: rows.into(), index, library }))
    }

    fn find(&self, place: Place, name: &str) -> Option<&'static Native> {
        let wanted = (place, name);
        let found = |id: &u32| {
            self.rows.get(*id as usize).is_some_and(|row| key(self.tables, row) == wanted)
        };
        self.index.find(hash(wanted), found).map(|id| self.native(*id))
    }

    /// The built-in of a row that there is.
    fn native(&self, id: u32) -> &'static Native {
        let entry = &self.rows[id as usize];
        entry.native.get_or_init(|| {
            let Registered { table, script } = &self.tables[entry.table as usize];
            let row = &table.rows[entry.row as usize];
            Box::leak(Box::new(Native::new(id, table.place, row, *script)))
        })
    }

    /// The global or module member of this name: `print`, `math.sqrt`.
    pub fn global(&self, name: &str) -> Option<&'static Native> {
        let Some((module, member)) = name.split_once('.') else {
            return self.find(Place::Global, name);
        };
        let mut places = self.tables.iter().map(|t| t.table.place);
        let place = places.find(|p| matches!(p, Place::Module(m) if *m == module))?;
        self.find(place, member)
    }

    /// The method of this name for a kind of value.
    pub fn method(&self, kind: Kind, name: &str) -> Option<&'static Native> {
        self.find(Place::Type(kind), name).or_else(|| self.find(Place::Any, name))
    }

    /// The built-in of an `id`, once it has been asked for by name.
    #[inline]
    pub(crate) fn by_id(&self, id: u32) -> Option<&'static Native> {
        self.rows.get(id as usize)?.native.get().copied()
    }

    /// The names of the methods of a kind of value.
    pub fn method_names(&self, kind: Kind) -> impl Iterator<Item = &'static str> {
        let of = move |place: Place| place == Place::Type(kind) || place == Place::Any;
        let tables = self.tables.iter().filter(move |t| of(t.table.place));
        tables.flat_map(|t| t.rows().map(|(_, row)| row.name()))
    }

    /// What the compiler is told.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Everything registered, in the order of the tables.
    pub fn natives(&self) -> impl Iterator<Item = &'static Native> {
        (0..self.rows.len() as u32).map(|id| self.native(id))
    }
}

impl Registered {
    /// The rows that can be called; a row in Tansy needs a text to be in.
    fn rows(&self) -> impl Iterator<Item = (usize, &'static Row)> {
        let script = self.script.is_some();
        let rows = self.table.rows.iter().enumerate();
        rows.filter(move |(_, row)| script || !matches!(row.body, Body::Script))
    }
}

fn key(tables: &[Registered], entry: &Entry) -> (Place, &'static str) {
    (tables[entry.table as usize].table.place, entry.name)
}

fn hash((place, name): (Place, &str)) -> u64 {
    let mut state = FixedState::default().build_hasher();
    match place {
        Place::Global => state.write_u8(0),
        Place::Any => state.write_u8(1),
        Place::Type(kind) => state.write_u8(2 + kind as u8),
        Place::Module(module) => state.write(module.as_bytes()),
    }
    state.write(name.as_bytes());
    state.finish()
}

impl Native {
    /// What it does, if it is written in Rust and so many arguments need no arranging.
    #[inline]
    pub(crate) fn at_once(&self, argc: usize) -> Option<NativeFn> {
        match self.body {
            NativeBody::Rust(function) if argc == self.exactly => Some(function),
            _ => None,
        }
    }

    fn new(id: u32, place: Place, row: &Row, script: Option<&'static Script>) -> Native {
        let name = row.name();
        let body = match (row.body, script) {
            (Body::Native(f) | Body::Effect(f), _) => NativeBody::Rust(f),
            (Body::Script, Some(script)) => NativeBody::Script(script, OnceLock::new()),
            (Body::Script, None) => NativeBody::Rust(without_text),
        };
        let full_name = match place {
            Place::Global | Place::Any => name.to_string(),
            Place::Module(module) => format!("{module}.{name}"),
            Place::Type(kind) => format!("{}.{name}", kind.name()),
        };
        let signature = row.parsed();
        let receiver = usize::from(matches!(place, Place::Type(_) | Place::Any));
        let exactly = match signature.rest {
            true => usize::MAX,
            false => signature.parameters.len() + receiver,
        };
        let quick = Quick::of(&full_name, &body);
        Native { id, name, full_name, place, signature, quick, exactly, body }
    }
}

/// The body of a row in Tansy that has no text; none is registered.
fn without_text(_: &mut Context<'_>, _: &mut [Value]) -> Result<Value, Fault> {
    Err(Fault::new("internal", "this part of the library has no text"))
}

fn functions(tables: &[Registered]) -> BTreeMap<SmolStr, Signature> {
    let tables = tables.iter().filter(|t| t.table.place == Place::Global);
    tables.flat_map(|t| t.rows().map(|(_, row)| (SmolStr::new(row.name()), row.parsed()))).collect()
}

fn modules(tables: &[Registered]) -> BTreeMap<SmolStr, BTreeMap<SmolStr, Member>> {
    let mut modules: BTreeMap<SmolStr, BTreeMap<SmolStr, Member>> = BTreeMap::new();
    for registered in tables {
        let Place::Module(module) = registered.table.place else { continue };
        let members = modules.entry(SmolStr::new(module)).or_default();
        members.extend(registered.rows().map(|(_, row)| {
            let constant = !row.signature.contains('(');
            let member = if constant { Member::Constant } else { Member::Function(row.parsed()) };
            (SmolStr::new(row.name()), member)
        }));
    }
    modules
}

fn methods(tables: &[Registered]) -> BTreeMap<SmolStr, Vec<Method>> {
    let mut methods: BTreeMap<SmolStr, Vec<Method>> = BTreeMap::new();
    for registered in tables {
        let receiver = match registered.table.place {
            Place::Type(kind) => kind.name(),
            Place::Any => "Any",
            Place::Global | Place::Module(_) => continue,
        };
        for (_, row) in registered.rows() {
            let method = Method { receiver, signature: row.parsed() };
            methods.entry(SmolStr::new(row.name())).or_default().push(method);
        }
    }
    methods
}

/// Reads `pad(width, fill = " ")`.
fn signature(text: &str) -> Signature {
    let inside = text.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let mut signature = Signature { text: text.to_string(), pure: true, ..Signature::default() };
    for Written { name, optional, rest, .. } in written(inside) {
        signature.rest |= rest;
        signature.parameters.push(Parameter { name: SmolStr::new(name), optional });
    }
    signature
}

/// A parameter as a signature writes it: `width`, `fill = " "`, `within?`, `...values`.
pub(crate) struct Written<'a> {
    pub(crate) name: &'a str,
    pub(crate) optional: bool,
    pub(crate) rest: bool,
    pub(crate) default: Option<&'a str>,
}

/// The parameters of a list, in order: what stands between commas that are not in quotes or brackets.
pub(crate) fn written(list: &str) -> impl Iterator<Item = Written<'_>> {
    let (mut depth, mut quoted, mut escaped) = (0u32, false, false);
    let parts = list.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => return c == ',' && depth == 0,
        }
        false
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).map(|part| {
        let (name, default) = match part.split_once('=') {
            Some((name, default)) => (name.trim(), Some(default.trim())),
            None => (part, None),
        };
        let (name, maybe) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        let (name, rest) = name.strip_prefix("...").map_or((name, false), |name| (name, true));
        Written { name, optional: maybe || rest || default.is_some(), rest, default }
    })
}
