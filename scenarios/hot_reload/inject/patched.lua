-- The patch is in use: `total` answers three values.

local impl, state = _P.lua.impl, _P.lua.state
local ok, total, count = impl.commands.total(state)
assert(ok and total == state.total, "the patch has a state of its own")
assert(count == #state.entries, "the function is not patched")
