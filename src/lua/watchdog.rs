//! The thread that looks at a simulation from outside: how much processor time one message has taken. If it is
//! suspiciously much, what runs is told to ask the `meter`, which breaks the run off; that is all that the host's
//! clock decides.
//!
//! The simulation says where it is some six times a message, by plain stores. What makes both sides see them in order
//! is paid for by the watchdog, which asks the system for a barrier in all threads (`membarrier(2)`) in the rare
//! case that it interferes; where there is none the simulation has fences of its own.
//!
//! One thread serves all simulations of the process: to start one for each run costs as much as two services.

use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering, compiler_fence, fence};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use mlua::ffi::lua_State;

use super::meter;

/// Processor time of one message from which on it is suspected, in nanoseconds.
const SUSPICION_NS: u64 = 1_000_000_000;
/// Processor time after which even a C function that calls nothing is given up.
const STUCK_NS: u64 = 20_000_000_000;
/// How often the watchdog looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// No trap is set.
const CLEAR: i32 = 0;
/// The watchdog is setting a trap.
const SETTING: i32 = 1;
/// It is set.
const SET: i32 = -1;

/// What the watchdog and the simulation share.
pub struct Watch {
    /// The event being handled; 0 between messages.
    event: AtomicU64,
    /// The coroutine that runs.
    active: AtomicPtr<lua_State>,
    trap: AtomicI32,
    /// Goes up while instructions are counted: a sign of life.
    beats: AtomicU64,
    barrier: Barrier,
}

/// Who sees to it that a store of one side comes before its next load in the eyes of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Barrier {
    /// The watchdog, for both threads.
    Remote,
    /// Each side.
    Own,
}

/// What a watchdog does about a message that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The run is broken off.
    Short,
    /// Instructions are counted, so it is left alone as long as they are.
    Long,
}

/// Watches the thread that made it, as long as it lives.
pub struct Watchdog(Arc<Watch>);

/// The simulations that are watched.
static WATCHED: Mutex<Watched> = Mutex::new(Watched { simulations: Vec::new(), thread: Thread::None, handle: None });
/// There is one again.
static BEGUN: Condvar = Condvar::new();

struct Watched {
    simulations: Vec<Simulation>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

/// The thread that looks at all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    /// Not started yet.
    None,
    /// Looks from time to time.
    Looking,
    /// Waits for a simulation: there was none when it looked last.
    Waiting,
    /// Ends as soon as there is none.
    Leaving,
}

/// What to do about a message that nothing can interrupt, told its event.
type Stuck = Box<dyn FnOnce(u64) + Send>;

/// One of them, and what was seen of it last.
struct Simulation {
    watch: Arc<Watch>,
    clock: libc::clockid_t,
    patience: Patience,
    /// What to do when it hangs where nothing can interrupt it; done once.
    stuck: Option<Stuck>,
    event: u64,
    beats: u64,
    /// When that was, in the processor time of its thread.
    since: u64,
}

fn watched() -> MutexGuard<'static, Watched> {
    WATCHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Watchdog {
    /// Starts watching the calling thread. `stuck` is called, on the watchdog's thread, when a
    /// message has hung for 20 s in a C function that cannot be interrupted, or in a finalizer.
    #[must_use]
    pub fn start(patience: Patience, stuck: impl FnOnce(u64) + Send + 'static) -> Watchdog {
        let watch = Arc::new(Watch {
            event: AtomicU64::new(0),
            active: AtomicPtr::new(std::ptr::null_mut()),
            trap: AtomicI32::new(CLEAR),
            beats: AtomicU64::new(0),
            barrier: Barrier::here(),
        });
        let mut watchdog = Watchdog(watch);
        watchdog.wake(patience, stuck);
        watchdog
    }

    /// Goes on watching after [`Watchdog::rest`]: the thread that calls this, of whatever process.
    #[expect(clippy::disallowed_methods, reason = "the one thread that looks at simulations from outside")]
    pub fn wake(&mut self, patience: Patience, stuck: impl FnOnce(u64) + Send + 'static) {
        // A copy of the process may have to ask for itself.
        let _registered = membarrier(Command::Register);
        let simulation = Simulation {
            watch: Arc::clone(&self.0),
            clock: processor_clock(),
            patience,
            stuck: Some(Box::new(stuck)),
            event: 0,
            beats: 0,
            since: 0,
        };
        let mut watched = watched();
        watched.simulations.retain(|simulation| !Arc::ptr_eq(&simulation.watch, &self.0));
        watched.simulations.push(simulation);
        match std::mem::replace(&mut watched.thread, Thread::Looking) {
            Thread::None => watched.handle = Some(std::thread::spawn(look_at_all)),
            Thread::Waiting => BEGUN.notify_one(),
            Thread::Looking | Thread::Leaving => {}
        }
    }

    /// Stops watching, between two messages. If nobody else is watched there is no thread afterwards.
    pub fn rest(&mut self) {
        let mut watched = watched();
        watched.simulations.retain(|simulation| !Arc::ptr_eq(&simulation.watch, &self.0));
        if !watched.simulations.is_empty() || watched.thread == Thread::None {
            return;
        }
        watched.thread = Thread::Leaving;
        BEGUN.notify_one();
        let handle = watched.handle.take();
        drop(watched);
        if let Some(handle) = handle {
            // It has nothing to tell; a panic there has been printed.
            let _ended = handle.join();
        }
    }

    /// What the simulation must know.
    #[must_use]
    pub fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.0)
    }
}

/// Nobody looks at it any more afterwards: the watchdog looks with the list locked.
impl Drop for Watchdog {
    fn drop(&mut self) {
        watched().simulations.retain(|simulation| !Arc::ptr_eq(&simulation.watch, &self.0));
    }
}

impl Barrier {
    /// What the system has to offer; the process is registered for it once.
    fn here() -> Barrier {
        static HERE: OnceLock<Barrier> = OnceLock::new();
        *HERE.get_or_init(|| if membarrier(Command::Register) { Barrier::Remote } else { Barrier::Own })
    }
}

/// What is asked of `membarrier`: the numbers of `linux/membarrier.h`.
#[derive(Clone, Copy)]
enum Command {
    /// A barrier in each running thread of this process.
    PrivateExpedited = 8,
    /// That the process will ask for one.
    Register = 16,
}

/// Whether the system did it.
#[cfg(target_os = "linux")]
fn membarrier(command: Command) -> bool {
    // SAFETY: a call that touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_membarrier, command as libc::c_int, 0, 0) == 0 }
}

/// Whether the system did it: it has none.
#[cfg(not(target_os = "linux"))]
fn membarrier(_command: Command) -> bool {
    false
}

/// The clock of the calling thread's processor time.
fn processor_clock() -> libc::clockid_t {
    let mut clock = 0;
    // SAFETY: the calling thread exists.
    unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut clock) };
    clock
}

/// Nanoseconds on a processor clock; `None` if its thread is gone.
fn processor_time_ns(clock: libc::clockid_t) -> Option<u64> {
    // SAFETY: a timespec is plain data.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        (libc::clock_gettime(clock, &mut time) == 0).then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
    }
}

/// What the thread does, until it is asked to leave.
fn look_at_all() {
    let mut watched = watched();
    loop {
        if watched.simulations.is_empty() {
            if watched.thread == Thread::Leaving {
                watched.thread = Thread::None;
                return;
            }
            watched.thread = Thread::Waiting;
            watched = BEGUN.wait(watched).unwrap_or_else(|poisoned| poisoned.into_inner());
            continue;
        }
        drop(watched);
        std::thread::sleep(LOOK_EVERY);
        watched = self::watched();
        let stuck = watched.simulations.iter_mut().find_map(Simulation::look);
        if let Some((stuck, event)) = stuck {
            // It may end the process, which must not wait for this list.
            drop(watched);
            stuck(event);
            watched = self::watched();
        }
    }
}

impl Simulation {
    /// Looks how long its message has taken. What to do if it hangs, and in which event.
    fn look(&mut self) -> Option<(Stuck, u64)> {
        let now = processor_time_ns(self.clock)?;
        let event = self.watch.event.load(Ordering::Relaxed);
        let beats = self.watch.beats.load(Ordering::Relaxed);
        if (event, beats) != (self.event, self.beats) {
            (self.event, self.beats, self.since) = (event, beats, now);
        } else if event != 0 && now.saturating_sub(self.since) > STUCK_NS {
            return Some((self.stuck.take()?, event));
        } else if event != 0 && now.saturating_sub(self.since) > SUSPICION_NS && self.patience == Patience::Short {
            self.watch.set_trap(event);
        }
        None
    }
}

impl Watch {
    /// Makes the running coroutine's next instruction ask. Done again while that message goes on: it may have set a
    /// hook of its own, and so the bits beside it, at the same moment.
    fn set_trap(&self, event: u64) {
        self.trap.store(SETTING, Ordering::SeqCst);
        match self.barrier {
            Barrier::Remote => {
                assert!(membarrier(Command::PrivateExpedited), "bug in skysim: it was registered for this")
            }
            Barrier::Own => fence(Ordering::SeqCst),
        }
        if self.event.load(Ordering::Acquire) != event {
            // It has ended meanwhile.
            self.trap.store(CLEAR, Ordering::SeqCst);
            return;
        }
        let l = self.active.load(Ordering::Acquire);
        if !l.is_null() {
            // SAFETY: the coroutine is alive: who leaves it waits in `settle` or `end` while the trap is being set.
            unsafe { meter::ask(l) };
        }
        self.trap.store(SET, Ordering::SeqCst);
    }

    /// Whether the running message is to be broken off.
    pub(super) fn is_set(&self) -> bool {
        self.trap.load(Ordering::Acquire) != CLEAR
    }

    /// A message begins.
    #[inline]
    pub(super) fn begin(&self, event: u64) {
        self.event.store(event, Ordering::Release);
    }

    /// Finalizers run; true if that is not part of a message, which has its own end.
    pub(super) fn begin_alone(&self, event: u64) -> bool {
        let alone = self.event.load(Ordering::Relaxed) == 0;
        if alone {
            self.begin(event);
        }
        alone
    }

    /// It has ended: nothing of its VM may be touched any more, and a trap set at the last moment is
    /// not for the next message.
    #[inline]
    pub(super) fn end(&self) {
        self.active.store(std::ptr::null_mut(), Ordering::Release);
        self.event.store(0, Ordering::Release);
        self.keep_order();
        if self.is_set() {
            self.wait_while_setting();
            self.trap.store(CLEAR, Ordering::SeqCst);
        }
    }

    /// From now on `l` runs. Called on entering and on leaving a coroutine.
    ///
    /// # Safety
    /// `l` is a live coroutine.
    #[inline]
    pub(super) unsafe fn settle(&self, l: *mut lua_State) {
        self.active.store(l, Ordering::Release);
        self.keep_order();
        if self.is_set() {
            self.wait_while_setting();
            if self.is_set() {
                // SAFETY: see above.
                unsafe { meter::ask(l) };
            }
        }
    }

    /// Instructions are being counted.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Between a store that the watchdog looks for and a load of the trap.
    #[inline]
    fn keep_order(&self) {
        match self.barrier {
            Barrier::Remote => compiler_fence(Ordering::SeqCst),
            Barrier::Own => fence(Ordering::SeqCst),
        }
    }

    #[cold]
    fn wait_while_setting(&self) {
        while self.trap.load(Ordering::SeqCst) == SETTING {
            std::hint::spin_loop();
        }
    }
}
