//! Which handle belongs to which service: the slot rule of `skynet_handle.c`, so that handles are
//! the numbers that real Skynet would give.

use crate::base::Handle;

use super::context::ServiceId;

const HANDLE_MASK: u32 = 0x00ff_ffff;

/// The table of live handles.
pub struct Handles {
    harbor: u32,
    next: u32,
    slots: Vec<Option<(Handle, ServiceId)>>,
    live: u32,
    /// Addresses of the simulator itself, outside the rule.
    reserved: Vec<(Handle, ServiceId)>,
}

impl Handles {
    /// An empty table; `harbor` becomes the top byte of every handle.
    #[must_use]
    pub fn new(harbor: u8) -> Handles {
        Handles { harbor: u32::from(harbor) << 24, next: 1, slots: vec![None; 4], live: 0, reserved: Vec::new() }
    }

    /// The next handle, by the slot rule: the first number from where the last search ended whose
    /// slot is free; the table doubles when none is.
    pub fn register(&mut self, service: ServiceId) -> Handle {
        loop {
            let mut number = self.next;
            for _ in 0..self.slots.len() {
                if number > HANDLE_MASK {
                    number = 1;
                }
                let slot = number as usize & (self.slots.len() - 1);
                if self.slots[slot].is_none() {
                    let handle = Handle(number | self.harbor);
                    self.slots[slot] = Some((handle, service));
                    self.next = number + 1;
                    self.live += 1;
                    return handle;
                }
                number += 1;
            }
            self.double();
        }
    }

    fn double(&mut self) {
        let size = self.slots.len() * 2;
        let mut slots = vec![None; size];
        for entry in self.slots.drain(..).flatten() {
            let (Handle(number), _) = entry;
            slots[number as usize & (size - 1)] = Some(entry);
        }
        self.slots = slots;
    }

    /// Gives a service of the simulator an address that the rule never reaches in practice.
    pub fn reserve(&mut self, handle: Handle, service: ServiceId) {
        self.reserved.push((handle, service));
    }

    /// The service at a handle.
    #[inline]
    #[must_use]
    pub fn find(&self, handle: Handle) -> Option<ServiceId> {
        match self.slots[handle.0 as usize & (self.slots.len() - 1)] {
            Some((owner, service)) if owner == handle => Some(service),
            _ => self.reserved.iter().find(|(owner, _)| *owner == handle).map(|(_, service)| *service),
        }
    }

    /// Takes a handle out of the table.
    pub fn retire(&mut self, handle: Handle) -> Option<ServiceId> {
        let slot = handle.0 as usize & (self.slots.len() - 1);
        match self.slots[slot] {
            Some((owner, service)) if owner == handle => {
                self.slots[slot] = None;
                self.live -= 1;
                Some(service)
            }
            _ => None,
        }
    }

    /// How many handles are live.
    #[must_use]
    pub const fn live(&self) -> u32 {
        self.live
    }

    /// All live handles in slot order, which is the order in which ABORT retires them.
    #[must_use]
    pub fn in_slot_order(&self) -> Vec<Handle> {
        self.slots.iter().flatten().map(|(handle, _)| *handle).collect()
    }

    /// Whether a handle's harbor is another node (`skynet_harbor_message_isremote`).
    #[must_use]
    pub fn is_remote(&self, handle: Handle) -> bool {
        let harbor = handle.0 & !HANDLE_MASK;
        harbor != self.harbor && harbor != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_follow_the_slot_rule() {
        let mut handles = Handles::new(0);
        let register = |handles: &mut Handles| handles.register(ServiceId(0)).0;
        for expected in 1..=16 {
            assert_eq!(register(&mut handles), expected);
        }
        // Sixteen slots (after 4 and 8): 9..=16 leave, 1..=8 stay; after 0x10 comes 0x19.
        let mut handles = Handles::new(0);
        for _ in 1..=8 {
            register(&mut handles);
        }
        for number in 9..=16 {
            let handle = handles.register(ServiceId(0));
            assert_eq!(handle.0, number);
            assert!(handles.retire(handle).is_some());
        }
        assert_eq!(register(&mut handles), 0x19);
    }

    #[test]
    fn a_retired_handle_leads_nowhere() {
        let mut handles = Handles::new(1);
        let handle = handles.register(ServiceId(3));
        assert_eq!(handle.0, 0x0100_0001);
        assert_eq!((handles.find(handle), handles.live()), (Some(ServiceId(3)), 1));
        assert!(!handles.is_remote(handle) && handles.is_remote(Handle(0x0200_0001)) && !handles.is_remote(Handle(1)));
        assert_eq!(handles.retire(handle), Some(ServiceId(3)));
        assert_eq!(handles.find(handle), None);
        assert_eq!((handles.retire(handle), handles.live()), (None, 0));
    }
}
