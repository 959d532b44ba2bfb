//! What the compiler makes of programs: instructions of characteristic functions, last uses, and what it finds wrong.

use smol_str::SmolStr;
use std::collections::BTreeMap;
use tansy_lang::arena::Arena;
use tansy_lang::bytecode::{Op, Slot, Unit};
use tansy_lang::compile::{Compiled, Mode, Options, compile};
use tansy_lang::diagnostic::Diagnostic;
use tansy_lang::disassemble::disassemble;
use tansy_lang::library::{Library, Member, Method, Parameter, Signature};
use tansy_lang::parser::{ParseLimits, parse};
use tansy_lang::source::Source;

fn signature(text: &str, pure: bool) -> Signature {
    let inside = text.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let mut parameters = Vec::new();
    for part in inside.split(", ").filter(|p| !p.is_empty()) {
        let name = part.trim_start_matches("...").split(" = ").next().unwrap_or_default();
        let optional = part.contains(" = ") || part.starts_with("...");
        parameters.push(Parameter { name: name.into(), optional });
    }
    Signature { parameters, rest: text.contains("..."), text: text.into(), pure }
}

fn library() -> Library {
    let functions: BTreeMap<SmolStr, Signature> = [
        ("print".into(), signature("print(...values)", false)),
        ("str".into(), signature("str(value)", true)),
    ]
    .into();
    let math: BTreeMap<SmolStr, Member> = [
        ("sqrt".into(), Member::Function(signature("math.sqrt(x)", true))),
        ("pi".into(), Member::Constant),
    ]
    .into();
    let modules = [("math".into(), math)].into();
    let mut methods = BTreeMap::new();
    for (name, receiver, text) in [
        ("push", "Vec", "push(item)"),
        ("len", "Vec", "len()"),
        ("insert", "Map", "insert(key, value)"),
        ("sum", "Vec", "sum()"),
    ] {
        let method = Method { receiver, signature: signature(text, true) };
        methods.insert(name.into(), vec![method]);
    }
    Library::lazy(|| functions, || modules, || methods)
}

fn compile_as(text: &str, mode: Mode, take: bool) -> Result<Compiled, Vec<Diagnostic>> {
    let source = Source::new("test", text);
    let arena = Arena::new();
    let parsed = parse(&source, ParseLimits::default(), &arena);
    assert!(parsed.diagnostics.is_empty(), "{text}\n{:#?}", parsed.diagnostics);
    let library = library();
    let inputs = ["input".into()];
    let scope = (&library).into();
    let options = Options { scope, mode, inputs: &inputs, take, exports: false, trace: false };
    compile(&source, ParseLimits::default(), &options)
}

fn unit(text: &str) -> Unit {
    match compile_as(text, Mode::Program, true) {
        Ok(compiled) => compiled.unit,
        Err(findings) => panic!("{text}\n{findings:#?}"),
    }
}

/// The listing of function `index`, one instruction a line, without addresses and places.
fn code(text: &str, index: usize) -> String {
    let listing = disassemble(&unit(text));
    let head = format!("function {index} ");
    let lines = listing.lines().skip_while(|line| !line.starts_with(&head)).skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let short = |line: &str| {
        let text = line.split(" ; ").next().unwrap_or_default();
        let words: Vec<&str> = text.get(5..).unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    };
    lines.filter(|line| !line.contains("try ")).map(short).collect::<Vec<_>>().join("\n")
}

/// Code and message of every finding.
fn findings(text: &str) -> Vec<String> {
    let list = match compile_as(text, Mode::Program, true) {
        Ok(compiled) => compiled.warnings,
        Err(findings) => findings,
    };
    list.iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
}

/// The hints of the first finding.
fn hints(text: &str) -> String {
    match compile_as(text, Mode::Program, true) {
        Ok(compiled) => compiled.warnings,
        Err(findings) => findings,
    }
    .first()
    .map(|d| d.help.join("; "))
    .unwrap_or_default()
}

fn moves(unit: &Unit, function: usize) -> usize {
    unit.prototypes[function].code.iter().filter(|op| matches!(op, Op::Move { .. })).count()
}

#[test]
fn traced_code_tells_and_moves_as_ever() {
    let text = "fn f(xs, n) { if n > 3 and xs.len() > n { return xs.push(n) }
match n { 1 => xs, _ => f(xs, n - 1) } }";
    let source = Source::new("test", text);
    let library = library();
    let compiled = |trace| {
        let mode = Mode::Program;
        let options = Options {
            scope: (&library).into(),
            mode,
            inputs: &[],
            take: true,
            exports: false,
            trace,
        };
        compile(&source, ParseLimits::default(), &options).expect("compiles").unit
    };
    let (plain, traced) = (compiled(false), compiled(true));
    let notes = |unit: &Unit| {
        let all = unit.prototypes.iter().flat_map(|p| &p.code);
        all.filter(|op| matches!(op, Op::Note { .. })).count()
    };
    assert_eq!(notes(&plain), 0);
    assert!(plain.prototypes.iter().all(|p| p.sites.is_empty()));
    assert!(notes(&traced) > 10, "{}", disassemble(&traced));
    assert_eq!(moves(&plain, 1), moves(&traced, 1));
    assert!(disassemble(&traced).contains("note True Operand"), "{}", disassemble(&traced));
}

#[test]
fn recursion_uses_constants_and_direct_calls() {
    let text = "fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }";
    assert_eq!(
        code(text, 1),
        "JumpGeK r0 >= K[0] (2) → 2\nReturn r0\nSubK r3 ← r0 - K[1] (1)\nCallFn r1 ← fib #1(r3)\n\
         SubK r4 ← r0 - K[0] (2)\nCallFn r2 ← fib #1(r4)\nAdd r1 ← r1 + r2\nReturn r1"
    );
}

#[test]
fn a_last_call_is_a_tail_call_but_not_inside_try() {
    assert!(code("fn f(n) { match n { 0 => 0, _ => f(n - 1) } }", 1).contains("TailCallFn f"));
    assert!(code("fn f(n) { n == 0 or f(n - 1) }", 1).contains("TailCallFn f"));
    assert!(code("fn f(n) { n |> f() }", 1).contains("TailCallFn f"));
    assert!(code("fn f(xs) { xs.len() }", 1).contains("TailCallMethod .len"));
    let tried = code("fn f(n) { try { return f(n) } catch _ { f(0) } }", 1);
    assert!(tried.contains("CallFn r") && tried.contains("TailCallFn"), "{tried}");
}

#[test]
fn loops_test_at_the_bottom() {
    let text = "fn f(n) { var i = 0; while i < n { i += 1 }; i }";
    assert_eq!(
        code(text, 1),
        "Int r1 ← 0\nJump → 3\nAddK r1 ← r1 + K[0] (1)\nJumpLt r1 < r0 → 2\nReturn r1"
    );
    assert!(code("for i in 0..9 { print(i) }", 0).contains("RangeNext"));
}

#[test]
fn the_last_use_of_a_name_moves_it() {
    let unit = unit("fn f(m, k) { var r = m; r = r.insert(k, r.len()); r }");
    // m into r, r into the receiver, k into its argument; r is copied for `len`.
    assert_eq!(moves(&unit, 1), 3, "{}", disassemble(&unit));
    let again = unit_moves("fn f(x) { print(x); print(x) }");
    assert_eq!(again, 1);
    assert_eq!(unit_moves("fn f(x) { print(x, x) }"), 1);
    assert_eq!(unit_moves("fn f(x) { while true { print(x) } }"), 0);
}

fn unit_moves(text: &str) -> usize {
    moves(&unit(text), 1)
}

#[test]
fn what_a_handler_needs_is_not_moved() {
    assert_eq!(unit_moves("fn f(x) { try { print(x) } catch _ { print(x) } }"), 1);
    assert_eq!(unit_moves("fn f(x) { try { print(x) } catch _ { null } }"), 1);
}

#[test]
fn taking_can_be_switched_off() {
    let text = "fn f(x) { print(x) }";
    let unit = compile_as(text, Mode::Program, false).expect("it compiles").unit;
    assert_eq!(moves(&unit, 1), 0);
}

#[test]
fn a_part_is_taken_out_while_a_method_changes_it() {
    let update =
        "Int r4 ← 1\nTakePath r3 ← r0.a.b\nCallMethod r1 ← .push(r3..=r4)\nSetPath r0.a.b ← r1";
    assert!(code("fn f(x) { var m = x; m.a.b .= push(1); m }", 1).contains(&shifted(update)));
    assert!(code("fn f(x) { var m = x; m.a.b = m.a.b.push(1); m }", 1).contains("TakePath"));
    let tried = code("fn f(x) { var m = x; try { m.a .= push(1) } catch _ { null }; m }", 1);
    assert!(tried.contains("GetPath") && !tried.contains("TakePath"));
}

/// The same, one register further up.
fn shifted(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find('r').filter(|_| !rest.is_empty()) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if let Ok(n) = after[..digits].parse::<u32>() {
            out.push_str(&(n + 1).to_string());
        }
        rest = &after[digits..];
    }
    out + rest
}

#[test]
fn a_shared_part_is_given_up_before_an_update() {
    let text = "fn f(m) { var x = m; let w = x.a; print(w == 1); x.a[0] = 1; x }";
    let listing = code(text, 1);
    let drop = listing.find("Drop r2").expect(&listing);
    assert!(drop < listing.find("SetPath").expect(&listing));
}

#[test]
fn literals_of_constants_are_one_constant_unless_a_var_begins_with_them() {
    assert!(code("let m = {a: [1, 2]}; m", 0).contains("Const r2 ← K[0] ({\"a\": [1, 2]})"));
    assert!(code("var m = {a: [1, 2]}; m", 0).contains("MapNew"));
    assert!(code("60 * 60 * 24", 0).contains("Int r1 ← 86400"));
    assert!(code("9223372036854775807 + 1", 0).contains("AddK"));
}

#[test]
fn names_of_arguments_are_put_in_order() {
    let text = "fn f(a, b = 1, c = 2) { [a, b, c] }\nf(1, c: 3)";
    assert!(code(text, 0).contains("Drop r4\nInt r3 ← 1\nInt r5 ← 3\nCallFn r1 ← f #1(r3..=r5)"));
}

#[test]
fn local_functions_share_captures() {
    let text =
        "fn f(k) {\n  fn even(n) { n == k or odd(n - 1) }\n  fn odd(n) { even(n - 1) }\n  even\n}";
    assert!(code(text, 1).contains("Closure r1 ← even #2 over (r3)\nSibling r2 ← odd #3 as r1"));
    assert!(code(text, 2).contains("TailCallSibling odd #3"));
    assert!(code(text, 3).contains("TailCallSibling even #2"));
}

#[test]
fn functions_see_lets_through_slots() {
    let text = "let rate = 2\nlet other = 3\nfn f() { rate }\nf() + other";
    let unit = unit(text);
    let names: Vec<&str> = unit.slots.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["f", "rate"]);
    assert!(code(text, 0).contains("SetSlot S[1] (rate)"));
}

#[test]
fn inputs_are_parameters_of_the_body_and_slots_for_functions() {
    assert_eq!(code("input.a", 0), "Field r1 ← r0.a\nReturn r1");
    assert_eq!(code("input in [1, 2]", 0), "InK r1 ← r0 in K[0] ([1, 2])\nReturn r1");
    assert!(code("|x| x + input", 0).contains("over (r2)"));
    let text = "fn f() { input }\nf()";
    assert!(code(text, 0).starts_with("SetSlot S[1] (input) ← r0"), "{}", code(text, 0));
    assert!(code(text, 1).starts_with("GetSlot r0 ← S[1] (input)"), "{}", code(text, 1));
}

#[test]
fn several_places_are_read_flat() {
    let text = "fn f(m) { m.a[*].b.sum() }";
    assert_eq!(
        code(text, 1),
        "Field r2 ← r0.a\nEach r2 ← r2[*]\nEachField r2 ← r2[*].b\nTailCallMethod .sum(r2)"
    );
}

#[test]
fn at_the_repl_names_live_in_slots() {
    let first = compile_as("var x = 1\nfn f() { 1 }\nx += 1", Mode::Repl(&[]), true).expect("fine");
    let slots: &[Slot] = &first.unit.slots;
    let listing = disassemble(&first.unit);
    assert!(listing.contains("GetSlot") && listing.contains("(x) ← r"), "{listing}");
    let second = compile_as("var x = x + f()", Mode::Repl(slots), true).expect("fine");
    assert_eq!(second.unit.slots.len(), slots.len());
}

#[test]
fn what_is_wrong_is_said() {
    for (text, expected) in [
        ("totl", "unknown-name: unknown name `totl`"),
        (
            "let x = 1\nx = 2",
            "assign-to-let: `x` is declared with `let` and cannot be given another value",
        ),
        (
            "fn f(n) { n = 2 }",
            "assign-to-let: `n` is a parameter and cannot be given another value",
        ),
        (
            "var x = 1\nlet f = || do { x = 2 }",
            "assign-to-captured: `x` belongs to the code around this function, which cannot change it",
        ),
        (
            "var x = 1\nfn f() { x }",
            "var-in-function: `x` is a `var`, which functions of the module cannot see",
        ),
        ("print(a)\nlet a = 1", "used-too-early: `a` is used before it is declared"),
        ("let a = 1\nlet a = 2", "duplicate-name: `a` is declared twice in one block"),
        ("let [a, a] = input", "duplicate-name: the pattern binds `a` twice"),
        ("fn f(a) { a }\nf()", "wrong-arguments: `f` takes 1 argument, but 0 are given"),
        (
            "fn f(a, b = 1) { a + b }\nf(1, 2, 3)",
            "wrong-arguments: `f` takes 1 to 2 arguments, but 3 are given",
        ),
        ("fn f(a) { a }\nf(b: 1)", "unknown-argument: `f` has no parameter `b`"),
        (
            "fn f(a) { a }\nf(1, a: 1)",
            "duplicate-argument: `a` is given twice, by place and by name",
        ),
        ("math.sqr(2)", "unknown-member: module `math` has no member `sqr`"),
        ("math.pi()", "not-a-function: `math.pi`, a constant, cannot be called"),
        ("let math = 3\nmath.sqrt(2)", "shadowed-module: no value has a method `sqrt`"),
        ("let print = 3\nprint(2)", "not-a-function: `print`, an Int, cannot be called"),
        ("var xs = []\nxs.push(1)\nxs", "discarded-value: the result of `push` is thrown away"),
        ("input.push(1)\n1", "discarded-value: the result of `push` is not used"),
        ("var a = 1\na - 1\na", "discarded-value: the result of an operator is thrown away"),
        ("str(1)\n2", "discarded-value: the result of `str` is thrown away"),
        ("if 1 { 2 }", "condition-not-bool: a condition must be a Bool, and this is an Int"),
        ("break", "outside-loop: `break` stands outside of any loop"),
        ("return 1", "return-outside-function: `return` stands outside of any function"),
        ("let x: Int = 1", "not-yet: types are not enforced yet"),
        ("input is Server", "not-yet: `Server` is not a built-in type"),
        ("match input { a => 1, 2 => 3 }", "unreachable-arm: this arm is never reached"),
        ("match input { true => 1 }", "missing-arm: no arm fits `false`"),
        (
            "match input { [a] | [a, b] => 1, _ => 2 }",
            "or-pattern-names: this alternative does not bind `b`",
        ),
        ("{a: 1, a: 2}", "duplicate-key: the key \"a\" is given twice"),
        ("fn f() { return 1; print(2) }", "unreachable: this code is never reached"),
        ("fn f() { let a = 1; 2 }", "unused-name: name `a` is never used"),
        ("str = 1", "assign-to-builtin: `str` is built in and cannot be given another value"),
        ("fn f() { let g = |n| g(n); g }", "used-too-early: `g` is used before it is declared"),
    ] {
        assert_eq!(findings(text), [expected], "{text}");
    }
}

#[test]
fn hints_say_what_to_write() {
    for (text, expected) in [
        ("let total = 1\ntotl + total", "did you mean `total`?"),
        ("None", "the value for \"nothing\" is `null`"),
        ("len(input)", "`len` is a method: did you mean `input.len()`?"),
        (
            "var xs = []\nxs.push(1)\nxs",
            "values never change, so this makes a new one; to keep it, write `xs .= push(1)`",
        ),
        (
            "fn f() { let g = |n| g(n); g }",
            "a function that calls itself is declared with `fn g(…) { … }`",
        ),
        ("input is String", "did you mean `Str`?"),
    ] {
        assert_eq!(hints(text), expected, "{text}");
    }
}

#[test]
fn several_errors_are_reported_in_order() {
    assert_eq!(findings("a\nb\nc").len(), 3 + 2, "two of them are thrown away as well");
}

#[test]
fn deep_and_long_programs_compile() {
    let long = "var x = 0\n".to_owned() + &"x = x + 1\n".repeat(50_000) + "x";
    assert!(unit(&long).prototypes[0].code.len() > 50_000);
    let many: String = (0..70_000).map(|i| format!("let a{i} = input\n")).collect();
    assert_eq!(findings(&many), ["too-large: this function is too large to compile"]);
    let wide = format!("[{}input]", "input, ".repeat(100_000));
    assert!(unit(&wide).prototypes[0].registers < 500);
}
