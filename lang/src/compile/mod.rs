//! Syntax tree to bytecode, one pass, names resolved on the way.
//!
//! Functions and tests of the module are compiled before its body, so that the body knows which of its `let`s must be put into
//! slots. What is known of the module is in a [`Whole`]; a [`Compiler`] compiles one function of its top level, or its body, and a
//! [`Builder`] is a function under construction. Findings are collected, never thrown: after an error the code is still made, and
//! thrown away at the end. Registers of a builder are final except that captures get theirs when the function is finished.

mod arguments;
mod builder;
mod call;
mod check;
mod collection;
mod condition;
mod constant;
mod expression;
mod foreign;
mod function;
mod module;
mod names;
mod note;
mod operator;
mod path;
mod pattern;
mod resolve;
mod statement;
mod step;
mod type_test;

use crate::arena::Arena;
use crate::ast;
use crate::bytecode::{Idx, Import, Prototype, Reg, Slot, Test, Unit};
use crate::diagnostic::{Diagnostic, Severity};
use crate::library::Scope;
use crate::parser::{self, ParseLimits};
use crate::source::{Source, Span};
use builder::Builder;
use names::Names;
use smol_str::SmolStr;
use std::sync::Arc;
use step::Part;

/// What the compiler is told besides the program.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// What is in scope without a declaration.
    pub scope: Scope<'a>,
    /// What is compiled.
    pub mode: Mode<'a>,
    /// Names that the host supplies.
    pub inputs: &'a [SmolStr],
    /// Move values out of names at their last use. Off, results are the same, and updates copy.
    pub take: bool,
    /// Top-level names are kept for importers and the host. Off, their last use in the body may take them.
    pub exports: bool,
    /// Makes traced code: with notes ([`crate::bytecode::Op::Note`]) at all that decides. Results are the same.
    pub trace: bool,
}

/// What is compiled.
#[derive(Clone, Copy, Debug)]
pub enum Mode<'a> {
    /// A whole program or module.
    Program,
    /// An entry at the REPL, where these slots exist already.
    Repl(&'a [Slot]),
    /// A part of the standard library: names that begin with `__` are natives, and nothing is warned about.
    Library,
}

/// A program and what is odd about it.
#[derive(Debug)]
pub struct Compiled {
    /// The program.
    pub unit: Unit,
    /// In order of their places.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles a text. The error is the list of all findings, in order of their places, warnings included.
///
/// Functions are shown to `made` with their numbers as soon as they are done, and are not in the unit. A text without a mistake is read
/// likewise: so there is never more of its tree, nor of what is made of it, than of one function. (Where a mistake is found on the way,
/// all begins anew: a number may come twice, and what came before an error counts for nothing.)
pub fn compile_text(
    source: &Arc<Source>,
    limits: ParseLimits,
    options: &Options,
    made: &mut dyn FnMut(Idx, &Prototype),
) -> Result<Compiled, Vec<Diagnostic>> {
    let in_parts = parser::in_parts(source, limits, |module, bodies| {
        Some(Whole::module(module, source, options, Some(bodies), made)?.finish(source, options))
    });
    if let Some(compiled) = in_parts {
        return compiled;
    }
    let arena = Arena::new();
    let parsed = parser::parse(source, limits, &arena);
    let mut findings = parsed.diagnostics;
    if findings.iter().any(Diagnostic::is_error) {
        return Err(findings);
    }
    let compiled = match Whole::module(&parsed.module, source, options, None, made) {
        Some(whole) => whole.finish(source, options),
        // Only bodies that are yet to be read can be wrong.
        None => Err(Vec::new()),
    };
    let mut sorted = |more| {
        findings.extend(more);
        findings.sort_by_key(|d| d.span());
        std::mem::take(&mut findings)
    };
    match compiled {
        Ok(Compiled { unit, warnings }) => Ok(Compiled { unit, warnings: sorted(warnings) }),
        Err(errors) => Err(sorted(errors)),
    }
}

/// Compiles a text to a whole unit.
///
/// # Errors
/// As [`compile_text`].
pub fn compile(
    source: &Arc<Source>,
    limits: ParseLimits,
    options: &Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let mut prototypes: Vec<Prototype> = Vec::new();
    let mut compiled = compile_text(source, limits, options, &mut |number, prototype| {
        let number = usize::from(number);
        if prototypes.len() <= number {
            prototypes.resize_with(number + 1, Prototype::default);
        }
        prototypes[number] = prototype.clone();
    })?;
    compiled.unit.prototypes = prototypes;
    Ok(compiled)
}

/// Tables of names, which are short and many.
type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// Where the value of an expression is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Want {
    /// In this register.
    To(Reg),
    /// As the result of the function.
    Return,
    /// Nowhere: only the effect.
    Nothing,
}

/// A name at the top level of the module.
#[derive(Debug, Clone, Copy)]
struct Global {
    span: Span,
    kind: GlobalKind,
    /// Where functions and importers find it, if they need it.
    slot: Option<Idx>,
    /// The body has passed its declaration.
    declared: bool,
}

#[derive(Debug, Clone, Copy)]
enum GlobalKind {
    Let,
    Var,
    /// With the number of its statement.
    Function(Idx, usize),
    Import,
    Input,
}

/// What is known of the module so far, and what is made of it.
#[derive(Default)]
struct Whole {
    findings: Vec<Diagnostic>,
    /// How many numbers of functions are taken.
    prototypes: usize,
    globals: Names<Global>,
    slots: Vec<Slot>,
    imports: Vec<Import>,
    natives: Vec<SmolStr>,
    native_index: HashMap<SmolStr, Idx>,
    tests: Vec<Test>,
    docs: Vec<(SmolStr, String)>,
    /// Builders of functions that are finished, for those to come.
    #[allow(clippy::vec_box, reason = "they go from function to function, and are large")]
    spare: Vec<Box<Builder>>,
    /// Room for [`Compiler::blocks`].
    blocks: Vec<&'static ast::Block<'static>>,
}

/// The state of a compilation.
struct Compiler<'a> {
    options: &'a Options<'a>,
    source: &'a Source,
    whole: &'a mut Whole,
    made: &'a mut dyn FnMut(Idx, &Prototype),
    /// The function under construction.
    function: Box<Builder>,
    /// Those it stands in, the innermost last.
    #[allow(clippy::vec_box, reason = "they change places with the one above")]
    around: Vec<Box<Builder>>,
    /// The blocks that are open in all of them.
    blocks: Vec<&'a ast::Block<'a>>,
    /// Arguments that are copied from registers when the others are there, of all calls that are open: to where, from where.
    late: Vec<(Reg, Reg, Span)>,
    /// The steps of the paths that are being read.
    steps: Vec<Part<'a>>,
    /// The functions inside of functions that were declared so far.
    declared: Vec<&'a ast::Function<'a>>,
    /// The outermost function is the body of the module.
    in_main: bool,
    /// The body of the module, to say what is declared later.
    body: &'a ast::Block<'a>,
    /// The name that is loaded is the root of a path, which is told of as a whole.
    root: bool,
}

impl Whole {
    fn finish(
        mut self,
        source: &Arc<Source>,
        options: &Options,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        if matches!(options.mode, Mode::Library) {
            self.findings.retain(Diagnostic::is_error);
        }
        self.findings.sort_by_key(|d| (d.span(), std::cmp::Reverse(d.severity)));
        self.findings.dedup();
        if self.findings.iter().any(|d| d.severity == Severity::Error) {
            return Err(self.findings);
        }
        let unit = Unit {
            source: source.clone(),
            prototypes: Vec::new(),
            slots: self.slots,
            imports: self.imports,
            natives: self.natives,
            tests: self.tests,
            docs: self.docs,
        };
        Ok(Compiled { unit, warnings: self.findings })
    }
}

impl Compiler<'_> {
    fn report(&mut self, finding: Diagnostic) {
        self.whole.findings.push(finding);
    }

    fn repl(&self) -> bool {
        matches!(self.options.mode, Mode::Repl(_))
    }

    /// The index of a native function or constant by its full name.
    fn native(&mut self, name: &str) -> Idx {
        if let Some(index) = self.whole.native_index.get(name) {
            return *index;
        }
        let index = self.index(self.whole.natives.len());
        self.whole.natives.push(name.into());
        self.whole.native_index.insert(name.into(), index);
        index
    }

    /// Reserves the number of a prototype.
    fn reserve_prototype(&mut self) -> Idx {
        self.whole.prototypes += 1;
        self.index(self.whole.prototypes - 1)
    }

    /// Checks a table index; one that does not fit is reported once per function.
    fn index(&mut self, index: usize) -> Idx {
        match Idx::try_from(index) {
            Ok(index) if index < Idx::MAX => index,
            _ => {
                self.function.too_large = true;
                0
            }
        }
    }
}

fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error("too-large", span, "this function is too large to compile")
        .here("it needs more names, constants or temporary values than a function can have")
        .help("split it into several functions, or move big data into a `.json` file and import it")
}
