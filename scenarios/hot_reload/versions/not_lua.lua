-- Somebody saved this in the middle of a line.
local impl = { version = 3, commands = {} }

function impl.new(
