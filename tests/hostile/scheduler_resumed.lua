-- exit: 0,1
-- out: > done
-- User code resumes and closes the scheduler's own coroutines, in every state, with forged values.
local skynet = require "skynet"
require "skynet.manager"

local function attack(co)
	pcall(coroutine.resume, co)
	pcall(coroutine.resume, co, true)
	pcall(coroutine.resume, co, true, "x", 1000, 5)
	pcall(coroutine.resume, co, true, nil, 1 << 40, 5)
	pcall(coroutine.resume, co, true, io.stdout, 24, 5)
	pcall(coroutine.resume, co, true, skynet.unpack("\3\1\0\0\0\0\0\0\0"), 100, 5)
	pcall(coroutine.resume, co, true, skynet.unpack("\3\16\0\0\0\0\0\0\x70"), 100, 5)
	pcall(coroutine.resume, co, false)
	pcall(coroutine.resume, co, table.unpack({}, 1, 200))
end

skynet.start(function()
	skynet.newservice("lib/ender", 6000)
	local echo = skynet.newservice("lib/echo")
	local waits = {
		function() skynet.sleep(5) end,
		function() skynet.wait() end,
		function() skynet.call(echo, "lua", "x", 1) end,
		function() skynet.rawcall(echo, "lua", skynet.packstring("x")) end,
		function() skynet.unpack(skynet.rawcall(echo, "lua", skynet.packstring("x"))) end,
		function() skynet.call(echo, "text2", "sleep", 3) end,
		function() skynet.yield() end,
		function() for _ in skynet.request { echo, "lua", "x" } { echo, "lua", "never" }:select(3) do end end,
		function() skynet.killthread(coroutine.running()) skynet.sleep(1) skynet.killthread(coroutine.running()) end,
		function() local t <close> = setmetatable({}, { __close = function() skynet.sleep(1) end }) skynet.sleep(2) end,
		function() local t <close> = setmetatable({}, { __close = function() error("close") end }) skynet.wait() end,
		function() coroutine.yield() end,
		function() coroutine.yield("SUSPEND") end,
		function() coroutine.yield("QUIT") end,
		function() coroutine.yield("USER") end,
		function() coroutine.yield(nil) end,
		function() coroutine.yield({}) end,
		function() coroutine.wrap(function() skynet.sleep(1) end)() end,
		function() coroutine.wrap(function() skynet.call(echo, "lua", "x") end)() end,
		function() skynet.ret() end,
		function() error({}) end,
		function() error(setmetatable({}, { __tostring = error })) end,
	}
	skynet.register_protocol { name = "text2", id = 30, pack = skynet.packstring, unpack = function(m, s) return skynet.unpack(m, s) end }
	for _, wait in ipairs(waits) do
		-- before it ran
		attack(skynet.fork(wait))
		coroutine.close(skynet.fork(wait))
		attack(skynet.timeout(1, wait))
		pcall(coroutine.close, skynet.timeout(1, wait))
		-- while it waits
		local a, b, c = skynet.fork(wait), skynet.fork(wait), skynet.timeout(0, wait)
		pcall(skynet.sleep, 1)
		attack(a)
		pcall(coroutine.close, b)
		skynet.killthread(c)
		pcall(coroutine.close, c)
		attack(c)
		attack(b)
		collectgarbage()
		-- it resumes, closes and kills itself and its resumer
		skynet.fork(function()
			local self = coroutine.running()
			attack(self)
			skynet.killthread(self)
			local inner = coroutine.wrap(function()
				attack(self)
				pcall(coroutine.close, self)
				skynet.killthread(self)
				skynet.sleep(1)
			end)
			pcall(inner)
		end)
		pcall(skynet.sleep, 2)
	end
	-- A sleeper that user code resumes, and which then kills itself while it runs.
	local sleeper
	sleeper = skynet.fork(function()
		skynet.sleep(10)
		skynet.killthread(coroutine.running())
		skynet.killthread(sleeper)
		collectgarbage()
	end)
	pcall(skynet.sleep, 1)
	coroutine.resume(sleeper, true)
	coroutine.resume(sleeper)
	pcall(skynet.sleep, 20)
	-- 5.5 lets a coroutine close itself.
	skynet.fork(function() pcall(coroutine.close, coroutine.running()) end)
	skynet.fork(function() pcall(coroutine.close) end)
	skynet.timeout(1, function() pcall(coroutine.close, coroutine.running()) end)
	pcall(skynet.sleep, 2)
	-- Odd tokens.
	for _, token in ipairs { 0, 0 / 0, 1.5, "x", true, {}, print, coroutine.running() } do
		pcall(skynet.wakeup, token)
		skynet.fork(function() pcall(skynet.wait, token) end)
		skynet.fork(function() pcall(skynet.wait, token) end)
		skynet.fork(function() pcall(skynet.sleep, 1, token) end)
		pcall(skynet.yield)
		pcall(skynet.wakeup, token)
		pcall(skynet.wakeup, token)
		skynet.killthread(token)
	end
	pcall(skynet.wakeup)
	pcall(skynet.wakeup, nil)
	pcall(skynet.killthread)
	pcall(skynet.killthread, "(")
	pcall(skynet.killthread, "thread")
	pcall(skynet.killthread, "")
	-- Whatever became of this coroutine: the end comes from another service.
end)
