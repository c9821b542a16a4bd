-- exit: 0,1
-- out: > done
-- The simulator's own threads, as seen from metamethods and hooks that run on them.
local skynet = require "skynet"
require "skynet.manager"

local found = {}

local function catch()
	local co, main = coroutine.running()
	found[co] = true
	return "caught"
end

local Catch = setmetatable({}, { __tostring = catch })

catch()
skynet.start(function()
	catch()
	skynet.dispatch_unknown_request(function() catch() error(Catch) end)
	skynet.dispatch_unknown_response(function() catch() error(Catch) end)
	skynet.fork(function() error(Catch) end)
	skynet.timeout(1, function() error(Catch) end)
	skynet.fork(function()
		local t <close> = setmetatable({}, { __close = catch })
		error("x")
	end)
	setmetatable({}, { __gc = catch })
	collectgarbage()
	local core = require "skynet.core"
	core.send(skynet.self(), 99, 0, "unknown type")
	core.send(skynet.self(), 1, 12345, "unknown response")
	for _ = 1, 3 do
		skynet.sleep(5)
		setmetatable({}, { __gc = catch })
		collectgarbage()
		for co in pairs(found) do
			if co ~= coroutine.running() then
				pcall(coroutine.resume, co)
				pcall(coroutine.resume, co, 1, 2, 3)
				pcall(coroutine.close, co)
				pcall(coroutine.status, co)
				pcall(debug.sethook, co, error, "l")
				pcall(debug.traceback, co)
				pcall(debug.setlocal, co, 0, 1, nil)
				for level = 0, 5 do pcall(debug.setlocal, co, level, 1, 5) end
				pcall(skynet.wakeup, co)
				pcall(skynet.killthread, co)
				local dispatch = package.loaded["skysim.dispatch"]
				for name, f in pairs(dispatch) do
					if name == "adopt" or name == "release" or name == "expect" then
						pcall(f, co)
						pcall(f, 1000, co)
					end
				end
				pcall(coroutine.resume, co)
				pcall(coroutine.close, co)
			end
		end
		collectgarbage()
		skynet.fork(function() error(Catch) end)
		core.send(skynet.self(), 99, 0, "unknown type")
		core.send(skynet.self(), 1, 12345, "unknown response")
	end
	skynet.sleep(5)
	print("> done", next(found) ~= nil)
	skynet.abort()
end)
