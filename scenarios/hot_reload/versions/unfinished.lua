-- Loads, and half of it is not there yet.
local impl = { version = 3, commands = {} }

function impl.new()
	return { entries = {}, totals = {} }
end

return impl
