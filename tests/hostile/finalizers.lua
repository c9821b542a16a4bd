-- exit: 0,1
-- out: > done
-- Finalizers that fail, rise again, make more of themselves, and use the whole interface.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"

local rounds = 0
local function reborn(o)
	rounds = rounds + 1
	if rounds < 10000 then setmetatable({}, { __gc = reborn }) end
end

skynet.start(function()
	local echo = skynet.newservice("lib/echo")
	local grave = {}
	local uses = {
		function() error("in a finalizer") end,
		function() error({}) end,
		function() error(setmetatable({}, { __tostring = error })) end,
		function(o) grave[#grave + 1] = o end,
		function(o) setmetatable(o, getmetatable(o)) end,
		function() collectgarbage() collectgarbage("step") collectgarbage("stop") collectgarbage("restart") end,
		function() skynet.sleep(1) end,
		function() skynet.call(echo, "lua", 1) end,
		function() skynet.send(echo, "lua", 1) end,
		function() skynet.fork(print, "> forked") end,
		function() skynet.timeout(1, function() end) end,
		function() skynet.wakeup("x") end,
		function() coroutine.yield() end,
		function() coroutine.wrap(function() skynet.sleep(1) end)() end,
		function() skynet.newservice("lib/echo") end,
		function() core.callback(function() end) core.callback(core.dispatch_message or print) end,
		function() io.open("x", "w"):write("y") end,
		function() print("> finalized") end,
		function() skynet.ret(skynet.pack(1)) end,
		function() return ("x"):rep(1 << 20) end,
		function() for _ = 1, 100 do coroutine.wrap(function() end)() end end,
		function() require "skynet.queue" end,
		function() load("return 1")() end,
		reborn,
	}
	uses[16] = function() end
	for _, use in ipairs(uses) do
		skynet.fork(function()
			for _ = 1, 5 do
				setmetatable({}, { __gc = use })
				pcall(function() local x <close> = setmetatable({}, { __close = use }) end)
				collectgarbage()
			end
		end)
		skynet.sleep(2)
	end
	for _, mode in ipairs { "collect", "count", "step", "isrunning", "generational", "incremental", "stop", "restart", "param" } do
		pcall(collectgarbage, mode)
		pcall(collectgarbage, mode, -1, -1, -1)
		pcall(collectgarbage, mode, 1 << 40, 1 << 40)
		pcall(collectgarbage, mode, "pause", 1 << 30)
		pcall(collectgarbage, mode, "minormul", -5)
		for _ = 1, 1000 do local x = { {} } end
	end
	collectgarbage("restart")
	collectgarbage("generational")
	_G.at_the_end = {}
	for _, use in ipairs(uses) do _G.at_the_end[#_G.at_the_end + 1] = setmetatable({}, { __gc = use }) end
	skynet.sleep(5)
	print("> done")
	skynet.abort()
end)
