-- exit: 0,1
-- out: > done
-- skynet.core.callback in every way: twice in one message, in coroutines, then a collection.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local modes = {
	twice = function()
		local n = 0
		local function f(...)
			n = n + 1
			for _ = 1, 10 do core.callback(f) end
			coroutine.wrap(function()
				for _ = 1, 5 do collectgarbage() end
				coroutine.wrap(function() core.callback(f, true) for _ = 1, 5 do collectgarbage() end end)()
			end)()
			for _ = 1, 100 do local x = { {} } end
			if n < 20 then core.send(skynet.self(), 0, 0, "x") end
		end
		core.callback(f)
	end,
	errors = function() core.callback(function() error({}) end) end,
	tostring = function() core.callback(function() error(setmetatable({}, { __tostring = error })) end) end,
	yields = function() core.callback(function() coroutine.yield() end) end,
	sleeps = function() core.callback(function() skynet.sleep(1) end) end,
	closes = function() core.callback(function() pcall(coroutine.close, coroutine.running()) pcall(coroutine.close) end) end,
	resumes = function()
		local mine
		core.callback(function() mine = coroutine.running() end)
		skynet.fork(function() skynet.sleep(5) pcall(coroutine.resume, mine) pcall(coroutine.close, mine) end)
	end,
	natives = function() core.callback(print) end,
	natives_2 = function() core.callback(core.send) end,
	natives_3 = function() core.callback(core.unpack) end,
	natives_4 = function() core.callback(core.callback) end,
	natives_5 = function() core.callback(skynet.exit) end,
	natives_6 = function() core.callback(coroutine.yield) end,
	natives_7 = function() core.callback(error) end,
	natives_8 = function() core.callback(skynet.dispatch_message or core.genid, true) end,
	wrapped = function() core.callback(coroutine.wrap(function() while true do coroutine.yield() end end)) end,
	forward = function() core.callback(function(_, msg, sz) core.trash(msg, sz) end, true) end,
	forward_twice = function() core.callback(function(_, msg, sz) core.trash(msg, sz) core.trash(msg, sz) end, true) end,
	forward_leak = function() core.callback(function() end, true) end,
	forward_send = function() core.callback(function(_, msg, sz, _, source) core.send(source, 0, 0, msg, sz) core.send(source, 0, 0, msg, sz) end, true) end,
	kill = function() core.callback(function() core.command("EXIT") end) end,
	kill_and_error = function() core.callback(function() core.command("EXIT") core.command("KILL", skynet.address(skynet.self())) error("x") end) end,
}
skynet.start(function()
	if mode then
		modes[mode]()
		return
	end
	local names = {}
	for name in pairs(modes) do names[#names + 1] = name end
	table.sort(names)
	for _, name in ipairs(names) do
		local service = core.addresscommand("LAUNCH", "snlua callbacks " .. name)
		skynet.sleep(1)
		for i = 1, 5 do
			pcall(core.send, service, 0, i, "some text")
			pcall(core.send, service, 10, 0, skynet.packstring(1, 2, 3))
			pcall(core.send, service, 1, i, "some text")
		end
		skynet.sleep(10)
		core.command("KILL", skynet.address(service))
		print(">", name)
	end
	print("> done")
	skynet.abort()
end)
