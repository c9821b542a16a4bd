local skynet = require "skynet"
local value = 0
local label
function accept.add(n) value = value + n end
function accept.fail() error("post fails") end
function response.get() return label, value end
function response.many(...) return select("#", ...), ... end
function response.fail() error("request fails") end
function response.slow(n) skynet.sleep(n) return "slept" end
function response.self() return skynet.self() end
function init(name, options)
	if name == "fail" then error("init fails") end
	label = name
	value = options.start
	print("> counter init " .. name)
end
function exit(...) print("> counter exit", ...) return "exit result" end
