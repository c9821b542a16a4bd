//! The real node: a folder with copies of all that it may write to, its process, and what it left.

#![expect(clippy::disallowed_types, reason = "real Skynet runs in the host's time")]

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::base::VirtualTime;
use crate::cli::error::CliError;
use crate::conform::{self, DRIVER, Gathered, Home, SIM};
use crate::lua::library;
use crate::scenario::Plan;

/// What a node may take longer than its timeline, and what it may take to start: a busy machine starts services slowly.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at the process.
const LOOK_PERIOD: Duration = Duration::from_millis(50);

/// The folder of a real node.
pub(super) struct Real {
    folder: PathBuf,
    home: PathBuf,
    /// Removes the folder, unless it is kept.
    _temporary: Option<TempDir>,
    started_s: i64,
}

impl Real {
    /// Makes the folder, with what the node needs that does not depend on the run in skysim.
    pub(super) fn new(name: &str, plan: &Plan, home: &Path, keep: Option<&Path>) -> Result<Real, CliError> {
        let (folder, temporary) = match keep {
            Some(keep) => (keep.join(name), None),
            None => {
                let made = TempDir::new().map_err(CliError::file("make a folder in", &std::env::temp_dir()))?;
                (made.path().to_owned(), Some(made))
            }
        };
        let own = folder.join("own");
        fs::create_dir_all(&own).map_err(CliError::file("make the folder", &own))?;
        let folder = super::super::input::absolute(&folder)?;
        let real = Real { folder, home: home.to_owned(), _temporary: temporary, started_s: now_s() };
        real.write("own/preload.lua", &conform::preload(plan))?;
        real.write("own/sim.lua", SIM)?;
        real.bring_stores()?;
        Ok(real)
    }

    /// The stores of skysim's library, which real Skynet lacks, and a database for them if it has none.
    fn bring_stores(&self) -> Result<(), CliError> {
        for (path, bytes) in library::stores() {
            let path = self.folder.join("own").join(conform::STORES).join(path);
            let folder = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder).map_err(CliError::file("make the folder", folder))?;
            fs::write(&path, bytes).map_err(CliError::file("write", &path))?;
        }
        if self.home.join("luaclib/lsqlite3.so").is_file() {
            return Ok(());
        }
        let program = std::env::current_exe().map_err(CliError::file("find this program in", &self.folder))?;
        self.write("own/lsqlite3.lua", &conform::lsqlite3(&program, &self.folder))
    }

    /// The folder of the library's files in it, as log lines name them.
    pub(super) fn stores(&self) -> String {
        format!("{}/own/{}/", self.folder.display(), conform::STORES)
    }

    /// The file that runs in every service before its own, on both sides. Skysim sees its whole folder.
    pub(super) fn preload(&self) -> PathBuf {
        self.folder.join("own/preload.lua")
    }

    /// What the driver writes.
    pub(super) fn transcript(&self) -> PathBuf {
        self.folder.join("transcript")
    }

    /// When this began, in seconds since 1970.
    pub(super) fn started_s(&self) -> i64 {
        self.started_s
    }

    /// Runs the node to its end. What is wrong with it comes as words.
    pub(super) fn play(
        &self,
        plan: &Plan,
        driver: &str,
        until: VirtualTime,
        stop: &AtomicBool,
    ) -> Result<Result<Gathered, String>, CliError> {
        self.write(&format!("own/{DRIVER}.lua"), driver)?;
        let files = self.folder.join("files");
        let log = self.folder.join("log");
        // Of an earlier run: what it wrote is not what the scenario begins with.
        for left in [&files, &log, &self.transcript()] {
            remove(left)?;
        }
        let layout = conform::layout(plan);
        for (from, to) in &layout.copies {
            if from.is_dir() {
                copy(from, &files.join(to))?;
            }
        }
        let working = files.join(&layout.working);
        fs::create_dir_all(&working).map_err(CliError::file("make the folder", &working))?;
        let (own, preload) = (self.folder.join("own"), self.preload());
        let home = Home { skynet: &self.home, own: &own, preload: &preload, log: &log };
        self.write("config", &conform::config(plan, &home))?;
        let file = |name: &str| {
            let path = self.folder.join(name);
            File::create(&path).map_err(CliError::file("write", &path))
        };
        let binary = self.home.join("skynet");
        let child = Command::new(&binary)
            .arg(self.folder.join("config"))
            .current_dir(&working)
            .stdin(Stdio::null())
            .stdout(file("stdout")?)
            .stderr(file("stderr")?)
            .spawn()
            .map_err(CliError::file("start", &binary))?;
        let driver = Signs { transcript: &self.transcript(), log: &log };
        let length = Duration::from_nanos(until.as_nanos());
        let ended = Guard(child).wait(length, driver, stop).map_err(CliError::file("wait for", &binary))?;
        let text = |path: PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        let (transcript, log) = (text(self.transcript()), text(log));
        let prints = fs::read(self.folder.join("stdout")).unwrap_or_default();
        Ok(Gathered::from_real(&transcript, &log, prints).map_err(|problem| {
            let last: Vec<&str> = log.lines().rev().take(5).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            let errors = text(self.folder.join("stderr"));
            format!("the real node {ended}, and {problem}\n{}\n{}", last.join("\n"), errors.trim_end())
        }))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), CliError> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(CliError::file("write", &path))
    }
}

/// What shows whether the driver lives.
#[derive(Clone, Copy)]
struct Signs<'a> {
    /// The file that it makes before anything else.
    transcript: &'a Path,
    /// The log of the node.
    log: &'a Path,
}

impl Signs<'_> {
    /// Whether it never comes. The bootstrap service waits for it, and leaves.
    fn are_missing(self) -> bool {
        let log = fs::read(self.log).unwrap_or_default();
        let bootstrap_left = String::from_utf8_lossy(&log).lines().any(|line| line.ends_with(" KILL self"));
        bootstrap_left && !self.transcript.exists()
    }
}

/// A process that does not outlive its scenario.
struct Guard(Child);

impl Guard {
    /// Waits for its end, and says in words how that was.
    fn wait(mut self, length: Duration, driver: Signs<'_>, stop: &AtomicBool) -> std::io::Result<String> {
        let begun = Instant::now();
        let mut is_driven = false;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(format!("ended with {status}"));
            }
            is_driven = is_driven || driver.transcript.exists();
            if !is_driven && driver.are_missing() {
                return Ok("did not start its driver".to_owned());
            }
            let longest = if is_driven { length + PATIENCE } else { PATIENCE };
            if begun.elapsed() > longest || stop.load(Ordering::SeqCst) {
                return Ok("had to be stopped".to_owned());
            }
            thread::sleep(LOOK_PERIOD);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn remove(path: &Path) -> Result<(), CliError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(CliError::file("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Copies a folder with all that is in it, but for hidden ones.
fn copy(from: &Path, to: &Path) -> Result<(), CliError> {
    fs::create_dir_all(to).map_err(CliError::file("make the folder", to))?;
    for entry in fs::read_dir(from).map_err(CliError::file("read the folder", from))? {
        let entry = entry.map_err(CliError::file("read the folder", from))?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).map_err(CliError::file("copy", &path))?;
        }
    }
    Ok(())
}

/// The host's clock, in seconds since 1970.
pub(super) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}
