-- exit: 0,1
-- out: > done
-- memory: 2500
-- timeout: 120
-- A great many of everything.
local skynet = require "skynet"
require "skynet.manager"
local mode, n = ...
skynet.start(function()
	if mode == "chain" then
		-- Each one's finalizer kills the next.
		n = tonumber(n)
		if n > 0 then
			local next_one = skynet.newservice("many", "chain", n - 1)
			_G.x = setmetatable({}, { __gc = function() require "skynet.core".command("KILL", skynet.address(next_one)) end })
		end
		return
	elseif mode == "kill_ring" then
		_G.x = setmetatable({}, { __gc = function()
			for h = 1, 200 do require "skynet.core".command("KILL", skynet.address(h + 8)) end
		end })
		return
	end
	local co = {}
	for i = 1, 100000 do co[i] = coroutine.create(function() coroutine.yield() end) coroutine.resume(co[i]) end
	co = nil
	local woken = 0
	for i = 1, 100000 do skynet.fork(function() skynet.wait() end) end
	for i = 1, 200000 do skynet.timeout(100, function() woken = woken + 1 end) end
	skynet.sleep(200)
	assert(woken == 200000)
	local echo = skynet.newservice("lib/echo")
	for i = 1, 20000 do skynet.fork(skynet.call, echo, "lua", "never") end
	skynet.sleep(1)
	local responses = {}
	skynet.dispatch("lua", function() responses[#responses + 1] = skynet.response() end)
	for i = 1, 20000 do skynet.fork(function() pcall(skynet.call, skynet.self(), "lua") end) end
	skynet.sleep(1)
	assert(#responses == 20000)
	for i = 1, 10000 do responses[i](true, i) end
	for i = 1, 20000 do
		local file = assert(io.open("f" .. i, "w"))
		file:write(i)
		file:close()
	end
	for i = 1, 20000 do os.remove("f" .. i) end
	for i = 1, 1000 do skynet.setenv("key" .. i, ("v"):rep(i)) end
	for i = 1, 300 do skynet.newservice("lib/echo") end
	for i = 1, 100 do skynet.newservice("many", "kill_ring") end
	local chain = skynet.newservice("many", "chain", 400)
	require "skynet.core".command("KILL", skynet.address(chain))
	skynet.sleep(1)
	print("> done")
	skynet.abort()
end)
