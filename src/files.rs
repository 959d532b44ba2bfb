//! Imports from files.

use crate::{Loaded, Loader};
use std::path::{Path, PathBuf};

/// Loads imports from files, relative to the file that imports them.
///
/// With [`FileLoader::within`], only files under one folder, symbolic links resolved; [`FileLoader::anywhere`] is for programs that
/// run with their user's own rights, as at a command line.
#[derive(Debug, Clone)]
pub struct FileLoader {
    root: Option<PathBuf>,
}

/// A file larger than this is refused.
const LARGEST: u64 = 256 << 20;

impl FileLoader {
    /// Any file the process can read.
    pub fn anywhere() -> FileLoader {
        FileLoader { root: None }
    }

    /// Only files under `root`.
    pub fn within(root: impl AsRef<Path>) -> std::io::Result<FileLoader> {
        Ok(FileLoader { root: Some(root.as_ref().canonicalize()?) })
    }
}

impl Loader for FileLoader {
    fn load(&self, path: &str, from: &str) -> Result<Loaded, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let wanted = folder.join(path);
        let shown = wanted.display().to_string();
        // Whether something is there is nobody's business outside the root, nor what is beside it.
        let within = |path: &Path| self.root.as_ref().is_none_or(|root| path.starts_with(root));
        let outside = || format!("{shown} is outside the folder that may be read");
        let found = match wanted.canonicalize() {
            Ok(found) if within(&found) => found,
            Ok(_) => return Err(outside()),
            Err(e) => {
                let folder =
                    wanted.parent().and_then(|folder| match folder.as_os_str().is_empty() {
                        true => Path::new(".").canonicalize().ok(),
                        false => folder.canonicalize().ok(),
                    });
                if !folder.as_deref().map_or(self.root.is_none(), within) {
                    return Err(outside());
                }
                return Err(match e.kind() {
                    std::io::ErrorKind::NotFound => {
                        format!("there is no file {shown}{}", near(&wanted))
                    }
                    _ => format!("{shown}: {e}"),
                });
            }
        };
        let about = found.metadata().map_err(|e| format!("{shown}: {e}"))?;
        if !about.is_file() {
            return Err(format!("{shown} is not a file"));
        }
        let size = about.len();
        if size > LARGEST {
            return Err(format!("{shown} is too large: {size} bytes"));
        }
        let text = std::fs::read_to_string(&found).map_err(|e| format!("{shown}: {e}"))?;
        // Reports show the path as a person would write it; the same file always has the same id.
        let here = std::env::current_dir().ok();
        let id =
            here.and_then(|h| found.strip_prefix(h).ok().map(Path::to_path_buf)).unwrap_or(found);
        Ok(Loaded { id: id.display().to_string(), text })
    }
}

/// The files beside a missing one whose names are near to its name, as the end of a sentence.
fn near(missing: &Path) -> String {
    let Some((folder, name)) = missing.parent().zip(missing.file_name()) else {
        return String::new();
    };
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let names = std::fs::read_dir(folder).into_iter().flatten().take(1000).flatten();
    let names: Vec<String> = names.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let hint =
        tansy_lang::spell::did_you_mean(&name.to_string_lossy(), names.iter().map(String::as_str));
    hint.map_or(String::new(), |hint| format!("; {hint}"))
}
