//! `leaked_coroutine` and `leaked_session`: what still waits when nothing is left to happen. Whether somebody could
//! still have come to wake it is not known, so these are told, and fail no run by themselves.

use crate::lua::waiting;
use crate::scenario::Detector;

use super::super::run::World;
use super::super::waits::{Waits, WaitsFor};
use super::Found;

impl World {
    pub(super) fn note_leaks(&mut self, waits: &Waits) {
        for wait in waits.all.iter().filter(|wait| wait.waits_for == WaitsFor::Wakeup) {
            let found = Found::new(wait.told.to_string(), wait.told.who.clone(), None);
            self.observe(Detector::LeakedCoroutine, found);
        }
        let living: Vec<_> =
            self.kernel.services().filter(|(_, context)| context.is_alive()).map(|(id, _)| id).collect();
        for id in living {
            let abandoned = waiting::requests_of(&mut self.kernel, id).abandoned;
            let Some(session) = abandoned.first() else { continue };
            let service = self.kernel.context(id).label().to_owned();
            let what = format!("{service} gave up the call with session {session}, and its answer never came");
            self.observe(Detector::LeakedSession, Found::new(what, service, None));
        }
    }
}
