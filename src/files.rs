//! Imports from files.

use crate::{Loaded, Loader};
use std::io;
use std::path::Path;
use tansy_runtime::files::{Access, Refusal, near};

/// Loads imports from files, relative to the file that imports them.
///
/// With [`FileLoader::within`], only files under one folder, symbolic links resolved; [`FileLoader::anywhere`] is for programs that
/// run with their user's own rights, as at a command line.
#[derive(Debug, Clone)]
pub struct FileLoader {
    access: Access,
}

/// A file larger than this is refused.
const LARGEST: u64 = 256 << 20;

impl FileLoader {
    /// Any file the process can read.
    pub fn anywhere() -> FileLoader {
        FileLoader { access: Access::Anywhere }
    }

    /// Only files under the folder `root`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn within(root: impl AsRef<Path>) -> io::Result<FileLoader> {
        let mut access = Access::default();
        access.allow(root)?;
        Ok(FileLoader { access })
    }
}

impl Loader for FileLoader {
    fn load(&self, path: &str, from: &str) -> Result<Loaded, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let wanted = folder.join(path);
        let shown = wanted.display().to_string();
        let found = self.access.find(&wanted).map_err(|refusal| match refusal {
            Refusal::Outside => format!("{shown} is outside the folder that may be read"),
            Refusal::System(e) if e.kind() == io::ErrorKind::NotFound => {
                let hint = near(&wanted).map_or(String::new(), |hint| format!("; {hint}"));
                format!("there is no file {shown}{hint}")
            }
            Refusal::System(e) => format!("{shown}: {e}"),
        })?;
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
