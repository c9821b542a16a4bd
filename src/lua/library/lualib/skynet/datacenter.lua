-- skynet.datacenter: calls to the service DATACENTER. get(key...), set(key..., value) gives the
-- previous value, wait(key...) blocks until there is one.

local skynet = require "skynet"

local function caller(command)
	return function(...)
		return skynet.call("DATACENTER", "lua", command, ...)
	end
end

return {
	get = caller "QUERY",
	set = caller "UPDATE",
	wait = caller "WAIT",
}
