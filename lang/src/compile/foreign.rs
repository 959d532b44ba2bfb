//! Names that stand for something in other languages, and what is written here instead.

/// What to write instead of a name that nothing here has.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "None" | "nil" | "undefined" | "NULL" | "Null" | "nullptr" | "Nothing" => {
            "the value for \"nothing\" is `null`"
        }
        "True" | "TRUE" => "the truth value is written `true`",
        "False" | "FALSE" => "the truth value is written `false`",
        "NaN" => "what is no number is `math.nan`",
        "Infinity" => "the infinite number is `math.inf`",
        "self" | "this" => {
            "functions get what they work on as a parameter: there is no `self` or `this`"
        }
        "println" | "printf" | "puts" | "echo" | "console" | "fmt" | "System" => {
            "to show values, write `print(…)`"
        }
        "parseInt" | "Integer" => "a text is converted to a number with `int(…)`",
        "parseFloat" => "a text is converted to a number with `float(…)`",
        "typeof" | "type" => "the name of a value's type is `type_of(…)`",
        "isinstance" | "instanceof" => "a type is tested with `is`, as in `x is Int`",
        "Int" | "Float" | "Decimal" | "Str" | "Bool" | "Vec" | "Map" | "Set" => {
            "the name of a type stands behind `is`, as in `x is Int`"
        }
        "String" | "toString" | "tostring" | "repr" => "a value is converted to text with `str(…)`",
        "tonumber" => "a text is converted to a number with `int(…)` or `float(…)`",
        "list" | "List" | "Array" | "array" | "tuple" => {
            "a list is a Vec: `[1, 2]`, or `vec(…)` to convert one"
        }
        "dict" | "Dict" | "Object" | "HashMap" => {
            "a dictionary is a Map: `{a: 1}`, or `map(…)` to convert one"
        }
        "range" => "a range is written `0..10`, or `0..=10` with its end",
        "pairs" | "ipairs" => {
            "`for [key, value] in m { … }` goes through a Map, `for x in xs { … }` through a Vec"
        }
        "sorted" => "to sort, write `xs.sort()`",
        "reversed" => "to turn round, write `xs.reverse()`",
        "lambda" | "func" | "function" | "def" => {
            "a function is written `|x| x + 1` or `fn name(x) { x + 1 }`"
        }
        "move" => "a function is written `|x| x + 1`; it keeps the values of the names it uses",
        "const" | "val" | "mut" => {
            "a name for a value is declared with `let`, one that changes with `var`"
        }
        "pass" => "a block may be empty: `{ }`",
        "raise" | "panic" | "error" => "an error is thrown with `throw`",
        "Some" | "Ok" => "a value that may be missing is the value itself, or `null`",
        "Err" => "an error is thrown with `throw`, and caught with `catch`",
        "exit" | "quit" => {
            "a program ends behind its last statement; `throw` ends it with an error"
        }
        "sleep" | "setTimeout" => "a script cannot wait: it has no clock",
        "readline" | "read_line" | "prompt" | "gets" => {
            "a program is given its data: `args` has the arguments, `tansy eval --input FILE` gives `input`"
        }
        "argv" => "the arguments of a script are `args`",
        "open" => "files are read with `fs.read(path)`, where the host grants it",
        "async" | "await" | "new" | "class" | "struct" => "there is no such thing in Tansy",
        _ => return None,
    })
}
