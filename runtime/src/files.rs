//! Files within reach: which directories may be used, and which file a path means then.
//!
//! Invariant: a path that [`Access`] gives back has no symbolic link and no `..` left, and lies inside an allowed directory; and
//! its answers about a path outside do not depend on what is there. Both hold for the moment of the question; a process that can put
//! links into an allowed directory between the answer and its use can break them, a script cannot make links.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf, absolute};

/// Which files may be used.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Access {
    /// None.
    #[default]
    Nothing,
    /// Those inside these directories, as [`Access::allow`] resolved them.
    Within(Vec<PathBuf>),
    /// Whatever the process may use.
    Anywhere,
}

/// Why a path gives no file.
#[derive(Debug)]
pub enum Refusal {
    /// It is not inside an allowed directory.
    Outside,
    /// There is no such thing, or the system refuses it.
    System(io::Error),
}

impl Access {
    /// Allows what is inside one more directory. It is resolved now: a relative one starts at the current directory of the process.
    ///
    /// # Errors
    /// There is no such directory.
    pub fn allow(&mut self, directory: impl AsRef<Path>) -> io::Result<()> {
        let found = directory.as_ref().canonicalize()?;
        if !found.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        match self {
            Access::Nothing => *self = Access::Within(vec![found]),
            Access::Within(known) if known.contains(&found) => {}
            Access::Within(known) => known.push(found),
            Access::Anywhere => {}
        }
        Ok(())
    }

    /// The file or directory at a path, with everything resolved. A relative path starts at the current directory of the process.
    ///
    /// # Errors
    /// There is none, or it is outside.
    pub fn find(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let path = usable(path)?;
        match path.canonicalize() {
            Ok(found) => self.inside(found),
            Err(error) => Err(self.missing(&path, error)),
        }
    }

    /// As [`Access::find`], for something that need not be there yet; its directory must be.
    ///
    /// # Errors
    /// Its directory is missing or outside, or it is a link that leads outside or nowhere.
    pub fn place(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let path = usable(path)?;
        match path.canonicalize() {
            Ok(found) => self.inside(found),
            Err(e) if e.kind() == io::ErrorKind::NotFound && !is_link(&path) => self.entry(&path),
            Err(error) => Err(self.missing(&path, error)),
        }
    }

    /// The name itself at a path: of a link, the link and not what it leads to. Only its directory is resolved.
    ///
    /// # Errors
    /// Its directory is missing or outside.
    pub fn entry(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let path = usable(path)?;
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return self.find(&path);
        };
        match directory.canonicalize() {
            Ok(found) => self.inside(found).map(|found| found.join(name)),
            Err(error) => Err(self.missing(directory, error)),
        }
    }

    fn inside(&self, found: PathBuf) -> Result<PathBuf, Refusal> {
        let inside = match self {
            Access::Nothing => false,
            Access::Within(directories) => directories.iter().any(|d| found.starts_with(d)),
            Access::Anywhere => true,
        };
        if inside { Ok(found) } else { Err(Refusal::Outside) }
    }

    /// What to say of a path that cannot be resolved: the system's word only if it is about a place inside.
    fn missing(&self, path: &Path, error: io::Error) -> Refusal {
        if *self == Access::Anywhere {
            return Refusal::System(error);
        }
        for ancestor in path.ancestors() {
            if let Ok(found) = ancestor.canonicalize() {
                return match self.inside(found) {
                    Ok(_) => Refusal::System(error),
                    Err(refusal) => refusal,
                };
            }
            if is_link(ancestor) {
                return Refusal::Outside;
            }
        }
        Refusal::Outside
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Nothing => f.write_str("[]"),
            Access::Within(directories) => directories.fmt(f),
            Access::Anywhere => f.write_str("anywhere"),
        }
    }
}

/// The longest path that is looked for, in bytes: what systems take at most. (Looking for where a longer one goes wrong takes long.)
pub const LONGEST: usize = 4096;

/// The path from the root on, if the system can take it at all.
fn usable(path: &Path) -> Result<PathBuf, Refusal> {
    let wrong = |why: &str| Refusal::System(io::Error::new(io::ErrorKind::InvalidInput, why));
    if path.as_os_str().is_empty() {
        return Err(wrong("the path is empty"));
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(wrong("the path has a NUL character"));
    }
    if path.as_os_str().len() > LONGEST {
        return Err(wrong("the path is too long"));
    }
    absolute(path).map_err(Refusal::System)
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink())
}

/// Opens a file for reading, and says how large it claims to be. Pipes and devices, which can block or never end, are refused.
///
/// # Errors
/// It is no regular file, or the system refuses it.
pub fn open(found: &Path) -> io::Result<(File, u64)> {
    let size = regular(found)?;
    Ok((File::open(found)?, size))
}

/// The size of a regular file.
///
/// # Errors
/// There is none, or something else is there.
pub fn regular(found: &Path) -> io::Result<u64> {
    let metadata = found.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(metadata.len())
}

/// The names beside a missing file that are near to its name, as a question. Only for a path whose directory may be read.
pub fn near(missing: &Path) -> Option<String> {
    let (folder, name) = missing.parent().zip(missing.file_name())?;
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let names = fs::read_dir(folder).into_iter().flatten().take(1000).flatten();
    let names: Vec<String> = names.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    tansy_lang::spell::did_you_mean(&name.to_string_lossy(), names.iter().map(String::as_str))
}
