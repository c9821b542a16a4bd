//! Which services a pattern means. Skynet's own services and the simulator's driver carry the
//! node: whoever writes `*` does not mean them, so they are met only by their exact names.

use crate::scenario::Glob;

/// The label of the service that speaks for the scenario.
pub const DRIVER_LABEL: &str = "driver";

/// Labels of the services that every node has.
const RUNTIME_LABELS: [&str; 10] = [
    DRIVER_LABEL,
    "logger",
    "bootstrap",
    "launcher",
    "cdummy",
    "harbor",
    "datacenterd",
    "service_mgr",
    "service_provider",
    "ltls_holder",
];

/// Whether a service belongs to the node itself.
#[must_use]
pub fn is_runtime(label: &str) -> bool {
    RUNTIME_LABELS.contains(&label)
}

/// Whether a pattern means the service with this label.
#[must_use]
pub fn reaches(pattern: &Glob, label: &str) -> bool {
    match pattern.literal() {
        Some(name) => name == label,
        None => !is_runtime(label) && pattern.matches(label),
    }
}
