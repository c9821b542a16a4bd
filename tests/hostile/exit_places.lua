-- exit: 0,1
-- out: > done
-- no: > never
-- exit, abort-less, in every place: exit in exit, in closing variables, in finalizers, in unpack and pack functions.
local skynet = require "skynet"
require "skynet.manager"

local mode = ...

local Exit = { __close = function() skynet.exit() end, __gc = function() pcall(skynet.exit) end, __tostring = function() skynet.exit() return "x" end, __pairs = function() skynet.exit() end }

local modes = {
	plain = function() skynet.exit() print("> never") end,
	pcall = function() pcall(skynet.exit) skynet.exit() end,
	wrapped = function() coroutine.wrap(skynet.exit)() skynet.exit() end,
	close = function() local x <close> = setmetatable({}, Exit) skynet.exit() end,
	close_error = function() local x <close> = setmetatable({}, Exit) error("x") end,
	fork_close = function()
		skynet.fork(function() local x <close> = setmetatable({}, Exit) skynet.wait() end)
		skynet.fork(function() local x <close> = setmetatable({}, Exit) skynet.sleep(100) end)
		skynet.fork(function() local x <close> = setmetatable({}, Exit) skynet.call(".launcher", "lua", "NONSENSE") end)
		skynet.yield()
		skynet.exit()
	end,
	gc = function() setmetatable({}, Exit) collectgarbage() collectgarbage() skynet.exit() end,
	gc_later = function() _G.x = setmetatable({}, Exit) skynet.exit() end,
	tostring = function() print(setmetatable({}, Exit)) end,
	tostring_error = function() skynet.fork(function() error(setmetatable({}, Exit)) end) skynet.sleep(1) skynet.exit() end,
	pack = function() skynet.send(".launcher", "lua", setmetatable({}, Exit)) end,
	sort = function() table.sort({ 3, 2, 1 }, function() skynet.exit() end) end,
	gsub = function() ("abc"):gsub(".", function() skynet.exit() end) end,
	kill_self = function() skynet.kill(skynet.self()) skynet.sleep(1) print("> never") end,
	kill_self_and_go_on = function()
		skynet.kill(skynet.self())
		for _ = 1, 100 do
			pcall(skynet.send, skynet.self(), "lua", 1)
			pcall(skynet.send, ".launcher", "lua", "x")
			skynet.fork(print)
			skynet.timeout(1, print)
			skynet.wakeup("x")
			pcall(skynet.newservice, "lib/echo")
			pcall(skynet.register, ".x")
			pcall(skynet.setenv, "k" .. _, "v")
			skynet.kill(skynet.self())
		end
		pcall(skynet.call, skynet.self(), "lua")
		skynet.exit()
	end,
	hook = function() debug.sethook(function() skynet.exit() end, "l") local x = 1 end,
	handler = function() xpcall(error, function() skynet.exit() end) end,
	unpack = function()
		skynet.register_protocol { name = "u", id = 50, pack = skynet.pack, unpack = function() skynet.exit() end, dispatch = print }
		skynet.send(skynet.self(), "u", 1)
	end,
	load = function() load(function() skynet.exit() end) end,
	main_thread = function() end,
	twice_forked = function() skynet.fork(skynet.exit) skynet.fork(skynet.exit) skynet.timeout(0, skynet.exit) skynet.exit() end,
	response = function()
		local f
		skynet.dispatch("lua", function() f = skynet.response(function() skynet.exit() end) f(true) end)
		skynet.call(skynet.self(), "lua")
	end,
}

if mode == "main_thread" then
	pcall(skynet.exit)
end

skynet.start(function()
	if mode then return modes[mode]() end
	local names = {}
	for name in pairs(modes) do names[#names + 1] = name end
	table.sort(names)
	for _, name in ipairs(names) do
		pcall(skynet.newservice, "exit_places", name)
		skynet.sleep(1)
	end
	skynet.sleep(10)
	print("> done")
	skynet.abort()
end)
