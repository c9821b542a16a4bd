-- Looks its dependencies up when it starts, and never again.

local NEEDED = { config = "CONFIG_SERVICE", database = "DB_SERVICE", cache = "CACHE_SERVICE", auth = "AUTH_SERVICE" }

local services = {}

function M.init()
	for role, name in pairs(NEEDED) do
		services[role] = skynet.query(name)
		if not services[role] then
			skynet.error("there is no " .. name)
			return false	-- and nobody tries again
		end
	end
	return (skynet.call(services.database, "lua", "ping"))
end
