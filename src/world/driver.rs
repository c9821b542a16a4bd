//! The service that speaks for the scenario: what is sent from outside comes from its address, and
//! answers go there. It only takes them down; the world makes sense of them.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Kernel, Message, Received, Service, ServiceId, Started};

/// The driver's address: at the end of what the slot rule can reach.
pub const DRIVER_HANDLE: Handle = Handle(0x00ff_fffe);

/// An answer as it arrived.
pub(super) struct Arrival {
    /// Who answers.
    pub(super) from: Handle,
    /// Which request; 0 in an error: the source is gone, with all that was asked of it.
    pub(super) session: Session,
    /// The packed answer; `None` for an error.
    pub(super) data: Option<Vec<u8>>,
}

/// Answers that the world has not looked at yet.
pub(super) type Inbox = Rc<RefCell<Vec<Arrival>>>;

/// The driver's service object.
pub(super) struct Driver {
    me: ServiceId,
    inbox: Inbox,
}

impl Driver {
    /// Starts the driver of a node.
    pub(super) fn launch(kernel: &mut Kernel, label: &str) -> (ServiceId, Inbox) {
        let inbox = Inbox::default();
        let me = ServiceId(u32::try_from(kernel.services().count()).expect("bug in skysim: too many services"));
        let driver = Driver { me, inbox: inbox.clone() };
        let id = kernel.launch_reserved(DRIVER_HANDLE, label, Box::new(driver));
        (id, inbox)
    }
}

impl Service for Driver {
    fn start(&mut self, _kernel: &mut Kernel, me: ServiceId, _args: &[u8]) -> Started {
        self.me = me;
        Started::Yes
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        let (from, session) = (message.source, message.session);
        match message.kind {
            MessageKind::RESPONSE => {
                let data = Some(message.data.bytes().to_vec());
                self.inbox.borrow_mut().push(Arrival { from, session, data });
            }
            MessageKind::ERROR => self.inbox.borrow_mut().push(Arrival { from, session, data: None }),
            // A service that asks the scenario for something shall not wait for ever.
            _ if session != Session::NONE => {
                let (data, session) = (kernel.payload(b""), SessionChoice::Given(session));
                let outgoing = Outgoing { source: None, kind: MessageKind::ERROR, session, data, origin: None };
                kernel.send(self.me, from, outgoing);
            }
            _ => {}
        }
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
