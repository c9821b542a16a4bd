-- The local function that stands below those who call it.
_G.handle_operation_failure = fragments.handle_operation_failure
