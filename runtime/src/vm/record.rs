//! Listening to traced code: the notes of a run become the steps of an [`Explanation`].
//!
//! The steps form a tree, kept as a list in the order in which they began. A note opens its site inside the open step of the site around
//! it, in the same frame; so what was left by a `return`, an error or a tail call is closed by whatever comes next. Rounds of a loop
//! are folded as they come: of neighbours with the same verdicts inside, the first and the last are kept. So what is kept is
//! bounded by the shape of the program, and by a number of steps.

use super::Machine;
use super::step::{Flow, Slow};
use crate::access::is_name;
use crate::code::Code;
use crate::explain::{self, Explanation, Read};
use crate::fault::Fault;
use crate::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
use tansy_lang::bytecode::{Moment, NO_SITE, NONE, Reg, Site, SiteKind};

/// Reads kept of one step.
const MOST_READS: usize = 12;
/// Reads of inputs kept.
const MOST_INPUTS: usize = 10_000;
/// Steps of one site kept inside one step, whatever their verdicts.
const MOST_ROUNDS: usize = 12;
/// Elements of a collection whose places in the inputs are remembered, and places in all.
const MOST_ELEMENTS: usize = 1_000;
const MOST_PLACES: usize = 100_000;
/// The longest text of what was read, and the longest place in the inputs that is followed.
const LONGEST: usize = 200;

/// A function of this run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Function {
    pub(crate) instance: u32,
    pub(crate) prototype: u32,
}

/// A step as it is heard.
pub(crate) struct Kept {
    pub(crate) function: Function,
    pub(crate) site: u32,
    pub(crate) parent: Option<usize>,
    pub(crate) value: Option<Value>,
    pub(crate) reads: Vec<Read>,
    /// So many like it came after it and were left out.
    pub(crate) repeats: u64,
    /// Those were not all like it.
    pub(crate) mixed: bool,
    /// What a call came to; for a function, itself.
    pub(crate) entered: Option<Function>,
    /// An error ended it.
    pub(crate) failed: bool,
}

/// A step that may get more steps inside. A call that came to a function of the program is open twice: as the call, and as the function.
struct Open {
    /// How many frames are below its own.
    depth: usize,
    function: Function,
    site: u32,
    kind: SiteKind,
    /// Its value is that of what stands around it.
    result: bool,
    step: usize,
    /// The newest steps of one site inside, which may be folded.
    rounds: Vec<usize>,
}

impl Open {
    fn is(&self, note: &Note, site: u32) -> bool {
        self.depth == note.depth && self.function == note.function && self.site == site
    }

    /// It gives what comes out of the tail call that stands in it.
    fn passes_on(&self) -> bool {
        match self.kind {
            SiteKind::Body => true,
            SiteKind::Call | SiteKind::Logic { .. } | SiteKind::Operand { .. } => self.result,
            SiteKind::Return => true,
            _ => false,
        }
    }
}

/// What hears the notes.
pub(super) struct Recorder {
    steps: Vec<Kept>,
    open: Vec<Open>,
    most: usize,
    omitted: u64,
    inputs: Vec<(String, Value)>,
    known_inputs: HashMap<String, usize>,
    /// Where in the inputs a block stands. The value keeps its address from being used again.
    places: HashMap<usize, (String, Value)>,
}

/// One note.
struct Note<'n> {
    depth: usize,
    function: Function,
    number: u32,
    site: &'n Site,
    value: Option<Value>,
}

impl Recorder {
    /// Keeps at most so many steps.
    pub(super) fn new(most: usize) -> Recorder {
        Recorder {
            steps: Vec::new(),
            open: Vec::new(),
            most,
            omitted: 0,
            inputs: Vec::new(),
            known_inputs: HashMap::new(),
            places: HashMap::new(),
        }
    }

    /// What was heard of a run that has ended.
    pub(super) fn finish(mut self, codes: &[Arc<Code>], failed: bool) -> Explanation {
        if failed {
            for open in &self.open {
                self.steps[open.step].failed = true;
            }
        }
        explain::build(codes, self.steps, self.inputs, self.omitted)
    }

    /// The open step of a site in the frame of the note, which is the topmost one.
    fn find(&self, note: &Note, site: u32) -> Option<usize> {
        let mut here = self.open.iter().rev().take_while(|o| o.depth == note.depth);
        let above = here.position(|o| o.is(note, site))?;
        Some(self.open.len() - 1 - above)
    }

    fn leave_frames_above(&mut self, depth: usize) {
        while self.open.last().is_some_and(|o| o.depth > depth) {
            self.open.pop();
        }
    }

    /// A site is reached.
    fn begin(&mut self, note: Note) {
        if note.site.kind == SiteKind::Catch {
            self.caught(&note);
        }
        self.leave_frames_above(note.depth);
        if note.site.parent == NO_SITE {
            return self.enter(note);
        }
        match self.find(&note, note.site.parent) {
            Some(inside) if self.steps.len() < self.most => {
                self.open.truncate(inside + 1);
                let step = self.push(&note);
                self.open_step(&note, step);
            }
            _ => self.omitted += 1,
        }
    }

    /// An error comes to its handler: it ended what is open inside.
    fn caught(&mut self, note: &Note) {
        let inside = |o: &&Open| o.depth >= note.depth && !o.is(note, note.site.parent);
        for open in self.open.iter().rev().take_while(inside) {
            let step = &mut self.steps[open.step];
            step.failed |= step.value.is_none();
        }
    }

    /// A function begins: as what the innermost call came to, or by itself when the library calls it.
    fn enter(&mut self, note: Note) {
        let call = self.open.last().filter(|o| {
            let step = &self.steps[o.step];
            o.kind == SiteKind::Call
                && (o.depth == note.depth || o.depth + 1 == note.depth)
                && step.entered.is_none()
                && step.value.is_none()
        });
        if let Some(call) = call {
            let step = match call.depth == note.depth {
                true => self.tail_call(note.function, note.depth, call.step),
                false => call.step,
            };
            self.steps[step].entered = Some(note.function);
            return self.open_step(&note, step);
        }
        while self.open.last().is_some_and(|o| o.depth >= note.depth) {
            self.open.pop();
        }
        if self.steps.len() < self.most {
            let step = self.push(&note);
            self.steps[step].entered = Some(note.function);
            self.open_step(&note, step);
        } else {
            self.omitted += 1;
        }
    }

    /// A tail call: of a function that runs in this frame already, it is the next round, beside the one before instead of inside.
    fn tail_call(&mut self, function: Function, depth: usize, step: usize) -> usize {
        let here = self.open.iter().rev().take_while(|o| o.depth == depth).count();
        let first = self.open.len() - here;
        let body = |o: &Open| o.kind == SiteKind::Body && o.function == function;
        let Some(before) = self.open[first..].iter().position(body) else { return step };
        let before = first + before;
        let parent = self.steps[self.open[before].step].parent;
        self.open.truncate(before);
        self.steps[step].parent = parent;
        match self.open.iter().rposition(|o| Some(o.step) == parent) {
            Some(around) => self.fold(around, step),
            None => step,
        }
    }

    fn open_step(&mut self, note: &Note, step: usize) {
        self.open.push(Open {
            depth: note.depth,
            function: note.function,
            site: note.number,
            kind: note.site.kind,
            result: note.site.result,
            step,
            rounds: Vec::new(),
        });
    }

    /// Adds a step inside the innermost open one.
    fn push(&mut self, note: &Note) -> usize {
        let around = self.open.len().checked_sub(1);
        let step = self.steps.len();
        self.steps.push(Kept {
            function: note.function,
            site: note.number,
            parent: around.map(|a| self.open[a].step),
            value: note.value.clone(),
            reads: Vec::new(),
            repeats: 0,
            mixed: false,
            entered: None,
            failed: false,
        });
        around.map_or(step, |around| self.fold(around, step))
    }

    /// A step (with what is inside it, the last ones) comes to stand inside an open one. The round before it is left out when it is like
    /// the one before that. Gives the number the step has then.
    fn fold(&mut self, around: usize, step: usize) -> usize {
        let steps = &mut self.steps;
        let rounds = &mut self.open[around].rounds;
        let of_site = |s: &Kept| (s.parent, s.function, s.site);
        if rounds.last().is_some_and(|last| of_site(&steps[*last]) != of_site(&steps[step])) {
            rounds.clear();
        }
        let mut number = step;
        let verdict = |s: &Kept| (s.function, s.site, s.value.as_ref().and_then(Value::as_bool));
        let alike = |before: usize, last: usize| {
            let [a, b] = [&steps[before..last], &steps[last..step]];
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| verdict(a) == verdict(b))
        };
        if let [.., before, last] = rounds[..]
            && (alike(before, last) || rounds.len() >= MOST_ROUNDS)
        {
            rounds.pop();
            let mixed = steps[last].mixed || !alike(before, last);
            steps[before].mixed |= mixed;
            steps[before].repeats += steps[last].repeats + 1;
            steps.drain(last..step);
            number = last;
            let moved = step - last;
            for kept in &mut steps[number..] {
                kept.parent = kept.parent.map(|p| if p >= step { p - moved } else { p });
            }
        }
        rounds.push(number);
        number
    }

    /// A site has a value.
    fn value(&mut self, note: Note) {
        self.leave_callees(&note);
        let Some(found) = self.find(&note, note.number) else { return };
        let mut end = found;
        if note.number == 0 {
            // The functions that came here by a tail call in this frame end with it.
            while end > 0 && self.open[end - 1].depth == note.depth {
                end -= 1;
            }
            for open in &self.open[end..] {
                let value = &mut self.steps[open.step].value;
                if value.is_none() && open.passes_on() {
                    *value = note.value.clone();
                }
            }
        }
        let open = &self.open[found];
        let guards = matches!(
            open.kind,
            SiteKind::Branch { .. }
                | SiteKind::While
                | SiteKind::Filter
                | SiteKind::Guard
                | SiteKind::Arm { .. }
        );
        let holds = note.value.as_ref().and_then(Value::as_bool) != Some(false);
        let stays = open.kind == SiteKind::Match || guards && holds;
        self.steps[open.step].value = note.value;
        self.open.truncate(end + usize::from(stays));
    }

    /// Closes what stands in frames above that of the note; what a call came to and ended without a word gave the call's value.
    fn leave_callees(&mut self, note: &Note) {
        while let Some(open) = self.open.last().filter(|o| o.depth > note.depth) {
            if note.site.kind == SiteKind::Call
                && open.depth == note.depth + 1
                && open.passes_on()
                && self.steps[open.step].value.is_none()
            {
                let direct = self.open.iter().rev().find(|o| o.depth == note.depth);
                if direct.is_some_and(|o| self.steps[o.step].entered.is_some()) {
                    self.steps[open.step].value = note.value.clone();
                }
            }
            self.open.pop();
        }
    }

    /// A name, path or operand was looked at. `root`: what the path begins with.
    fn read(&mut self, note: Note, text: String, root: Option<&Value>) {
        self.leave_frames_above(note.depth);
        let Some(value) = note.value.clone() else { return };
        let at = |v: &Value| {
            let place = v.address().and_then(|a| self.places.get(&a)).map(|(path, _)| path);
            place.filter(|path| path.len() <= LONGEST).cloned()
        };
        let path = match note.site.kind {
            SiteKind::Read { input: true } => Some(text.clone()),
            SiteKind::Read { .. } => root.and_then(at).map(|before| {
                let rest = text.find(['.', '?', '[']).map_or("", |i| &text[i..]);
                format!("{before}{rest}")
            }),
            SiteKind::Taken => root.and_then(at).map(|before| format!("{before}.{text}")),
            _ => at(&value),
        };
        // To keep a collection would make its next update copy it.
        let collection = value.is_heap() && value.as_str().is_none() && !value.kind().is_number();
        let own = matches!(note.site.kind, SiteKind::Share | SiteKind::Taken) && path.is_none();
        if own && collection {
            return;
        }
        if let (SiteKind::Read { .. } | SiteKind::Taken, Some(path)) = (note.site.kind, &path) {
            self.input(path, &value);
        }
        let Some(inside) = self.find(&note, note.site.parent) else { return };
        let reads = &mut self.steps[self.open[inside].step].reads;
        let read = Read { text, path, value };
        match reads.iter().position(|r| r.text == read.text) {
            Some(known) => reads[known] = read,
            None if reads.len() < MOST_READS => reads.push(read),
            None => {}
        }
    }

    /// Remembers what was read of the inputs, and where its parts stand.
    fn input(&mut self, path: &str, value: &Value) {
        let known = self.known_inputs.get(path).map(|i| &self.inputs[*i].1);
        if known.is_some_and(|known| known.same_bits(value)) || self.inputs.len() >= MOST_INPUTS {
            return;
        }
        self.known_inputs.insert(path.to_string(), self.inputs.len());
        self.inputs.push((path.to_string(), value.clone()));
        self.place(value, || path.to_string());
        if let Some(items) = value.as_vec() {
            for (i, item) in items.iter().take(MOST_ELEMENTS).enumerate() {
                self.place(item, || format!("{path}[{i}]"));
            }
        } else if let Some(map) = value.as_map() {
            for (key, item) in map.iter().take(MOST_ELEMENTS) {
                self.place(item, || match key.as_str().filter(|k| is_name(k)) {
                    Some(name) if name.len() <= LONGEST => format!("{path}.{name}"),
                    _ => format!("{path}[{}]", key.write_bounded(40)),
                });
            }
        }
    }

    fn place(&mut self, value: &Value, path: impl FnOnce() -> String) {
        if self.places.len() >= MOST_PLACES {
            return;
        }
        if let (Some(address), false) = (value.address(), value.as_str().is_some()) {
            self.places.entry(address).or_insert_with(|| (path(), value.clone()));
        }
    }
}

impl Machine<'_> {
    /// Hears a note of the running function.
    fn hear(
        &mut self,
        recorder: &mut Recorder,
        site: u32,
        src: Option<Value>,
        root: Option<Value>,
        moment: Moment,
    ) {
        let code = self.instances[self.instance as usize].code();
        let prototype = code.index_of(self.prototype);
        let number = site;
        let Some(site) = code.sites(prototype).get(site as usize) else { return };
        let value = match moment {
            Moment::Begin | Moment::Value => src,
            Moment::True => Some(Value::bool(true)),
            Moment::False => Some(Value::bool(false)),
            Moment::Null => Some(Value::NULL),
        };
        let function = Function { instance: self.instance, prototype: prototype as u32 };
        let note = Note { depth: self.frames.len(), function, number, site, value };
        match (site.kind, moment) {
            (SiteKind::Read { .. } | SiteKind::Taken | SiteKind::Seen | SiteKind::Share, _) => {
                let text = code.source().slice(site.span);
                let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
                let text = explain::one_line(&text[..end]);
                recorder.read(note, text, root.as_ref());
            }
            (_, Moment::Begin) => recorder.begin(note),
            _ => recorder.value(note),
        }
    }
}

/// [`tansy_lang::bytecode::Op::Note`]
pub(super) fn note(s: Slow, site: u32, src: Reg, root: Reg, moment: Moment) -> Result<Flow, Fault> {
    s.m.cx.fuel -= 1;
    let Some(mut recorder) = s.m.recorder.take() else { return Ok(Flow::Next) };
    let shared = |reg: Reg| match reg {
        NONE => None,
        reg => Some(s.r(reg).clone()).filter(|v| !v.is_undefined()),
    };
    let (src, root) = (shared(src), shared(root));
    s.m.hear(&mut recorder, site, src, root, moment);
    s.m.recorder = Some(recorder);
    Ok(Flow::Next)
}
