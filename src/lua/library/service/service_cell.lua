-- The body of a service made by skynet.service: waits for its code, then becomes it. A skynet.start
-- inside that code runs its function at once, as part of the request that brought the code.

local skynet = require "skynet"

local name = ...

local command = {}

function command.init(code, ...)
	local start_func
	function skynet.start(func)
		start_func = func
	end
	skynet.dispatch("lua", function()
		error("No dispatch function")
	end)
	local main = assert(load(code, name))
	assert(skynet.pcall(main, ...))
	if start_func then
		start_func()
	end
	skynet.ret()
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		command[cmd](...)
	end)
end)
