//! Services written in Lua, captured and rendered.

mod hostile;
mod properties;
mod service;
mod speed;
mod texts;

use service::Service;

/// The text of the state that a script leaves behind.
#[track_caller]
fn state_of(code: &str) -> String {
    let mut service = Service::new();
    service.run(code);
    service.text()
}

/// A script in which `state` is a variable of a handler.
fn with_state(code: &str) -> String {
    format!(
        "local skynet = require 'skynet'\nlocal state = {{}}\n\
         skynet.dispatch('lua', function() return state end)\n{code}\n"
    )
}
