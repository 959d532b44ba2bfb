//! Configuration that follows its files while a program runs.
//!
//! Invariant: what is current has been loaded, merged, converted and accepted as a whole; nothing that fails ever replaces it.

use super::{Config, ConfigError, Layers};
use crate::Source;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// A file that was read, and what it was then.
pub(super) struct ReadFile {
    path: PathBuf,
    pub(super) source: Result<Arc<Source>, Arc<std::io::Error>>,
    stamp: Option<Stamp>,
}

/// What tells cheaply that a file is still the same.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
    /// Whether it was changed so shortly before that it may have been changed again within one tick of the file system's clock.
    fresh: bool,
}

/// Ticks of file systems' clocks are not longer.
const TICK: Duration = Duration::from_secs(2);

impl Stamp {
    fn of(path: &std::path::Path) -> Option<Stamp> {
        let metadata = path.metadata().ok()?;
        let modified = metadata.modified().ok()?;
        let age = SystemTime::now().duration_since(modified).unwrap_or_default();
        Some(Stamp { modified, length: metadata.len(), fresh: age < TICK })
    }
}

impl ReadFile {
    pub(super) fn read(path: PathBuf) -> ReadFile {
        // The stamp first: what is written in between is then seen as a change.
        let stamp = Stamp::of(&path);
        let name = path.display().to_string();
        let source = std::fs::read_to_string(&path).map(|text| Source::new(name, text));
        ReadFile { path, source: source.map_err(Arc::new), stamp }
    }

    /// A file that somebody else has read, just now.
    pub(super) fn known(path: PathBuf, source: &Arc<Source>) -> ReadFile {
        let stamp = Stamp::of(&path).map(|stamp| Stamp { fresh: true, ..stamp });
        ReadFile { path, source: Ok(source.clone()), stamp }
    }

    /// Whether nothing stands in it now, and something did.
    fn is_emptied(&self) -> bool {
        let stood = self.source.as_ref().is_ok_and(|source| !source.text().trim().is_empty());
        stood && std::fs::read_to_string(&self.path).is_ok_and(|text| text.trim().is_empty())
    }

    /// Whether its content is another one now. Remembers the new stamp where it is not.
    fn changed(&mut self) -> bool {
        let now = Stamp::of(&self.path);
        let same = |a: Stamp, b: Stamp| (a.modified, a.length) == (b.modified, b.length);
        match (self.stamp, now) {
            (None, None) => false,
            (Some(then), Some(now)) if !then.fresh && same(then, now) => false,
            _ => {
                let text = std::fs::read_to_string(&self.path);
                let changed = match (&text, &self.source) {
                    (Ok(text), Ok(source)) => text != source.text(),
                    (Err(_), Err(_)) => false,
                    _ => true,
                };
                self.stamp = now;
                changed
            }
        }
    }
}

/// A configuration converted to a Rust type, kept current while its files change. Cheap to clone; shared by all threads.
///
/// ```
/// use tansy::config::{Layers, Watched};
///
/// # let folder = std::env::temp_dir().join(format!("tansy-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("app.tansy");
/// #[derive(serde::Deserialize)]
/// struct Settings { port: u16 }
///
/// std::fs::write(&path, "{port: 80}")?;
/// let layers = Layers::new(&tansy::Engine::new()).file(&path);
/// let settings = Watched::<Settings>::new(layers)?;
///
/// std::fs::write(&path, "{port: \"none\"}")?;
/// assert!(settings.poll().is_err());
/// assert_eq!(settings.current().port, 80);
///
/// std::fs::write(&path, "{port: 443}")?;
/// assert!(settings.poll()?);
/// assert_eq!(settings.current().port, 443);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Watched<T>(Arc<Inner<T>>);

struct Inner<T> {
    layers: Layers,
    convert: Box<Convert<T>>,
    current: RwLock<Arc<T>>,
    /// Held while loading, so that two threads do not overtake each other.
    state: Mutex<State>,
}

type Convert<T> = dyn Fn(&Config) -> Result<T, ConfigError> + Send + Sync;

struct State {
    files: Vec<ReadFile>,
    /// Why the newest version was not taken, if it was not.
    refused: Option<String>,
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Watched<T> {
        Watched(self.0.clone())
    }
}

/// What is behind a lock is replaced as a whole, so a panic of a host's conversion leaves nothing half done.
fn lock<S>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: DeserializeOwned + Send + Sync + 'static> Watched<T> {
    /// Loads the layers and converts what they give. Fails as [`Layers::load`] and [`Config::get`] do.
    pub fn new(layers: Layers) -> Result<Watched<T>, ConfigError> {
        Watched::with(layers, Config::get)
    }
}

impl<T: Send + Sync + 'static> Watched<T> {
    /// As [`Watched::new`] with a conversion of the host's, which may also refuse what does not fit together (see
    /// [`Config::locate`]).
    pub fn with(
        layers: Layers,
        convert: impl Fn(&Config) -> Result<T, ConfigError> + Send + Sync + 'static,
    ) -> Result<Watched<T>, ConfigError> {
        let mut files = Vec::new();
        let first = convert(&layers.load_noting(&mut files)?)?;
        Ok(Watched(Arc::new(Inner {
            layers,
            convert: Box::new(convert),
            current: RwLock::new(Arc::new(first)),
            state: Mutex::new(State { files, refused: None }),
        })))
    }

    /// The newest version that was right. It stays what it is for as long as it is held.
    pub fn current(&self) -> Arc<T> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads everything anew, whether files have changed or not. On failure the current version stays.
    pub fn reload(&self) -> Result<(), ConfigError> {
        self.load(&mut lock(&self.0.state))
    }

    /// Loads everything anew if a file has another content than before, came or went; whether it did. Imported files count, too. Of
    /// one and the same failure only the first is returned: after it, the answer is `false` until there is something new to say.
    pub fn poll(&self) -> Result<bool, ConfigError> {
        let state = &mut lock(&self.0.state);
        // Every stamp is looked at, so that all of them are renewed.
        let changed = state.files.iter_mut().filter_map(|f| f.changed().then_some(())).count() > 0;
        // A version that was refused may be right now because of a file that was not found then.
        if !changed && state.refused.is_none() {
            return Ok(false);
        }
        let before = state.refused.clone();
        if let Some(file) = state.files.iter().find(|file| file.is_emptied()) {
            // Most likely somebody is about to write it.
            let why = format!("{}: the file is empty", file.path.display());
            state.refused.get_or_insert(why);
            return Ok(false);
        }
        match self.load(state) {
            Ok(()) => Ok(true),
            Err(_) if before.is_some() && before == state.refused => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn load(&self, state: &mut State) -> Result<(), ConfigError> {
        let mut files = Vec::new();
        let loaded = self.0.layers.load_noting(&mut files).and_then(|c| (self.0.convert)(&c));
        match loaded {
            Ok(new) => {
                state.files = files;
                state.refused = None;
                let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
                let old = std::mem::replace(&mut *current, Arc::new(new));
                drop(current);
                // Whatever dropping it takes, nobody waits for it.
                drop(old);
                Ok(())
            }
            Err(error) => {
                // What was read before the failure is as it is now; the rest stays watched as it was.
                state.files.retain(|old| files.iter().all(|new| new.path != old.path));
                state.files.append(&mut files);
                state.refused = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Polls in a thread of its own at an interval until the result is dropped, and hands over what comes of it: a new version, or why
    /// it was not taken.
    pub fn every(
        &self,
        interval: Duration,
        mut changed: impl FnMut(Result<Arc<T>, ConfigError>) + Send + 'static,
    ) -> std::io::Result<Watcher> {
        let (stop, stopped) = channel::<()>();
        let watched = self.clone();
        let run = move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(interval) {
                match watched.poll() {
                    Ok(false) => {}
                    Ok(true) => changed(Ok(watched.current())),
                    Err(error) => changed(Err(error)),
                }
            }
        };
        let thread = std::thread::Builder::new().name("tansy-config".into()).spawn(run)?;
        Ok(Watcher { stop: Some(stop), thread: Some(thread) })
    }
}

/// Watches files until it is dropped.
#[must_use = "watching stops when this is dropped"]
#[derive(Debug)]
pub struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watcher {
    /// Waits for a poll that is under way.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the host's function has ended the thread and was reported there.
            let _ = thread.join();
        }
    }
}
