-- What a recovery is.

services = {}
recoveries = 0

local function resolve_dependencies()
	recoveries = recoveries + 1
	services.database = skynet.self()
	return true
end
