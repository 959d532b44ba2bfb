//! The module `fs`: files inside the granted directories, as text.
//!
//! Invariant: a path becomes a file only through [`Access`], and what a file holds is charged for before it is read.

use crate::argument::{Answer, effect, text};
use crate::str;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tansy_runtime::fault::{Fault, Limit};
use tansy_runtime::files::{self, Access, LONGEST, Refusal};
use tansy_runtime::grants::not_granted;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Map, Value};

/// The table of `fs`.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Module("fs"),
    doc: "Text files inside the directories that the host grants (`allow_read`, `allow_write`; `--allow-read=DIR`, `--allow-write=DIR`). A relative path starts at the current directory. What cannot be done is an error of kind `io`, what is not granted one of kind `not-granted`; both have the path in `data.path`.",
    script: None,
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    effect(
        "read(path)",
        "The text of a file, which must be UTF-8.",
        "fs.write(\"rates.json\", \"{\\\"eur\\\": 1.08}\")\njson.parse(fs.read(\"rates.json\")).eur // → 1.08",
        |cx, args| Ok(Value::from(read(cx, args)?)),
    ),
    effect(
        "lines(path)",
        "The lines of a file without their ends (`\\n` or `\\r\\n`).",
        "fs.write(\"names.txt\", \"Ada\\nGrace\\n\")\nfs.lines(\"names.txt\") // → [\"Ada\", \"Grace\"]",
        |cx, args| {
            // As a value the text counts, too.
            let text = Value::from(read(cx, args)?);
            let text = text.as_str().unwrap_or("");
            str::collect(cx, text.len(), text.lines())
        },
    ),
    effect(
        "exists(path)",
        "Whether there is a file or directory.",
        "fs.exists(\"no such file\") // → false",
        exists,
    ),
    effect(
        "list(path)",
        "The names of what is in a directory, sorted. In a name that is not UTF-8 text, `\u{fffd}` stands for what is not.",
        "fs.write(\"names.txt\", \"\")\n\"names.txt\" in fs.list(\".\") // → true",
        list,
    ),
    effect(
        "write(path, text)",
        "Writes a file, new or in the place of what it held. Whoever reads it meanwhile sees all of the old text or all of the new one. Its directory must exist.",
        "fs.write(\"note.txt\", \"hello\")\nfs.read(\"note.txt\") // → \"hello\"",
        write,
    ),
    effect(
        "append(path, text)",
        "Writes at the end of a file, which is made if there is none.",
        "fs.write(\"log.txt\", \"a\")\nfs.append(\"log.txt\", \"b\")\nfs.read(\"log.txt\") // → \"ab\"",
        append,
    ),
    effect(
        "remove(path)",
        "Removes a file; of a symbolic link, the link.",
        "fs.write(\"old.txt\", \"\")\nfs.remove(\"old.txt\")\nfs.exists(\"old.txt\") // → false",
        remove,
    ),
];

/// So much is read at once.
const CHUNK: usize = 1 << 16;
/// Steps that asking the system counts for.
const QUESTION: usize = 200;
/// Steps that looking for similar names counts for.
const HINT: usize = 20_000;

/// What a path is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

/// The path of a call, and what it is wanted for.
struct Wanted<'a> {
    function: &'static str,
    path: &'a str,
    to: Use,
}

impl<'a> Wanted<'a> {
    /// The first argument as a path, of which is not known yet whether it may be used.
    fn new(cx: &mut Context, args: &'a [Value], to: Use) -> Result<Wanted<'a>, Fault> {
        cx.charge(QUESTION)?;
        let (path, function) = (text(cx, args, 0, "path")?, cx.full_name());
        if path.len() > LONGEST {
            let message = format!("`{function}`: a path of {} bytes is too long", path.len());
            return Err(Fault::new("io", message).help(format!("{LONGEST} bytes are the most")));
        }
        let wanted = Wanted { function, path, to };
        if *wanted.access(cx) == Access::Nothing {
            return Err(wanted.denied("no directory is granted"));
        }
        Ok(wanted)
    }

    fn access<'c>(&self, cx: &'c Context) -> &'c Access {
        match self.to {
            Use::Read => &cx.grants().read,
            Use::Write => &cx.grants().write,
        }
    }

    /// What the path stands for, by one of the ways of [`Access`].
    fn reach(
        &self,
        cx: &mut Context,
        way: fn(&Access, &Path) -> Result<PathBuf, Refusal>,
    ) -> Result<PathBuf, Fault> {
        let found = way(self.access(cx), Path::new(self.path));
        found.map_err(|refusal| self.refused(cx, refusal))
    }

    #[cold]
    fn refused(&self, cx: &mut Context, refusal: Refusal) -> Fault {
        match refusal {
            Refusal::Outside => self.denied("it is outside the directories granted"),
            Refusal::System(error) => self.failed(cx, error),
        }
    }

    #[cold]
    fn denied(&self, why: &str) -> Fault {
        let (may, what, method, flag) = match self.to {
            Use::Read => ("read", "reading", "allow_read(dir)", "--allow-read=DIR"),
            Use::Write => ("write", "writing", "allow_write(dir)", "--allow-write=DIR"),
        };
        let (function, path) = (self.function, self.shown());
        let attempt = format!("`{function}` may not {may} `{path}`: {why} for {what}");
        not_granted(attempt, method, flag).data(self.data())
    }

    /// What the system said of a place that may be used, in words, and what to do about it.
    #[cold]
    fn failed(&self, cx: &mut Context, error: io::Error) -> Fault {
        let path = self.shown();
        let (message, help) = match (error.kind(), self.to) {
            (ErrorKind::NotFound, Use::Read) => {
                if let Err(limit) = cx.charge(HINT) {
                    return limit;
                }
                let near = files::near(Path::new(self.path));
                let help = near.or(Some("`fs.exists` tells whether there is one".into()));
                (format!("there is no file `{path}`"), help)
            }
            (ErrorKind::NotFound, Use::Write) => {
                let help = "a file can be written where its directory exists";
                (format!("there is no file or directory `{path}`"), Some(help.into()))
            }
            (ErrorKind::IsADirectory, Use::Read) => {
                (format!("`{path}` is a directory"), Some("`fs.list` gives what is in it".into()))
            }
            (ErrorKind::IsADirectory, Use::Write) => {
                let help = "only files can be written and removed";
                (format!("`{path}` is a directory"), Some(help.into()))
            }
            (ErrorKind::NotADirectory, _) => {
                (format!("there is a file where `{path}` needs a directory"), None)
            }
            (ErrorKind::PermissionDenied, _) => {
                let help = "besides the grant it takes the rights of whoever runs the program";
                (format!("the system does not permit it for `{path}`"), Some(help.into()))
            }
            _ => (format!("`{path}`: {error}"), None),
        };
        let message = format!("`{}`: {message}", self.function);
        Fault::new("io", message).maybe_help(help).data(self.data())
    }

    #[cold]
    fn not_text(&self, at: usize) -> Fault {
        let (function, path) = (self.function, self.shown());
        let message = format!("`{function}`: `{path}` is not UTF-8 text: byte {at} is wrong");
        Fault::new("io", message).help("save it as UTF-8").data(self.data())
    }

    /// The path on one line.
    fn shown(&self) -> String {
        let safe = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        self.path.chars().map(safe).collect()
    }

    fn data(&self) -> Value {
        let mut data = Map::new();
        data.insert_str("path", Value::str(self.path));
        Value::map(data)
    }
}

fn read(cx: &mut Context, args: &[Value]) -> Result<String, Fault> {
    let wanted = Wanted::new(cx, args, Use::Read)?;
    let found = wanted.reach(cx, Access::find)?;
    let (file, size) = files::open(&found).map_err(|e| wanted.failed(cx, e))?;
    cx.reserve(size)?;
    let size = usize::try_from(size).map_err(|_| Fault::Limit(Limit::Memory))?;
    cx.charge(size / 8)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| Fault::Limit(Limit::Memory))?;
    // The file may be growing, and some say they are empty that are not.
    loop {
        let chunk = (&file).take(CHUNK as u64).read_to_end(&mut bytes);
        match chunk.map_err(|e| wanted.failed(cx, e))? {
            0 => break,
            n if bytes.len() > size => {
                cx.charge(n / 8)?;
                // While the buffer grows there are two, the new one twice as large.
                cx.reserve((bytes.len() + CHUNK) as u64 * 3)?;
            }
            _ => {}
        }
    }
    String::from_utf8(bytes).map_err(|e| wanted.not_text(e.utf8_error().valid_up_to()))
}

fn exists(cx: &mut Context, args: &mut [Value]) -> Answer {
    let wanted = Wanted::new(cx, args, Use::Read)?;
    match wanted.access(cx).find(Path::new(wanted.path)) {
        Ok(_) => Ok(Value::bool(true)),
        Err(Refusal::System(e))
            if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            Ok(Value::bool(false))
        }
        Err(refusal) => Err(wanted.refused(cx, refusal)),
    }
}

fn list(cx: &mut Context, args: &mut [Value]) -> Answer {
    let wanted = Wanted::new(cx, args, Use::Read)?;
    let found = wanted.reach(cx, Access::find)?;
    let entries = fs::read_dir(&found).map_err(|e| wanted.failed(cx, e))?;
    let mut names: Vec<String> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let name = entry.map_err(|e| wanted.failed(cx, e))?.file_name();
        bytes += name.len() + 64;
        // Each is looked at some twenty times while they are sorted.
        cx.charge(20)?;
        cx.reserve(bytes as u64)?;
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(Value::from(names.into_iter().map(Value::from).collect::<Vec<Value>>()))
}

fn write(cx: &mut Context, args: &mut [Value]) -> Answer {
    let wanted = Wanted::new(cx, args, Use::Write)?;
    let text = text(cx, args, 1, "text")?;
    let target = wanted.reach(cx, Access::place)?;
    cx.charge(text.len() / 8)?;
    replace(&target, text.as_bytes()).map_err(|e| wanted.failed(cx, e))?;
    Ok(Value::NULL)
}

fn append(cx: &mut Context, args: &mut [Value]) -> Answer {
    let wanted = Wanted::new(cx, args, Use::Write)?;
    let text = text(cx, args, 1, "text")?;
    let target = wanted.reach(cx, Access::place)?;
    cx.charge(text.len() / 8)?;
    let append = || {
        standing(&target)?;
        OpenOptions::new().append(true).create(true).open(&target)?.write_all(text.as_bytes())
    };
    append().map_err(|e| wanted.failed(cx, e))?;
    Ok(Value::NULL)
}

fn remove(cx: &mut Context, args: &mut [Value]) -> Answer {
    let wanted = Wanted::new(cx, args, Use::Write)?;
    let target = wanted.reach(cx, Access::entry)?;
    let remove = || {
        if fs::symlink_metadata(&target)?.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        fs::remove_file(&target)
    };
    remove().map_err(|e: io::Error| wanted.failed(cx, e))?;
    Ok(Value::NULL)
}

/// The permissions of the regular file that stands here, if one does.
fn standing(target: &Path) -> io::Result<Option<fs::Permissions>> {
    match files::regular(target) {
        Ok(_) => Ok(Some(target.metadata()?.permissions())),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Puts a file with this text in the place of what is there: written beside it first, then renamed.
fn replace(target: &Path, text: &[u8]) -> io::Result<()> {
    let permissions = standing(target)?;
    if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let (file, beside) = beside(target)?;
    let written = (|mut file: File| {
        if let Some(permissions) = permissions {
            fs::set_permissions(&beside, permissions)?;
        }
        file.write_all(text)
    })(file);
    let done = written.and_then(|()| fs::rename(&beside, target));
    if done.is_err() {
        // Nothing can be done if that fails, too; what is reported is why.
        let _ = fs::remove_file(&beside);
    }
    done
}

/// A new file in the same directory.
fn beside(target: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let process = std::process::id();
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = target.with_file_name(format!(".tansy-{process}-{count}.tmp"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            // One that a process of the same number left behind.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            opened => return Ok((opened?, path)),
        }
    }
}
