-- exit: 0,1
-- out: > done
-- Metatables for numbers, strings, functions, nil; a changed _G; hooks; getinfo in every way.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	skynet.newservice("lib/ender", 1000)
	local echo = skynet.newservice("lib/echo")
	local options = {}
	for byte = 1, 255 do options[#options + 1] = string.char(byte) end
	options[#options + 1] = "nSltufLr"
	options[#options + 1] = ">nSl"
	local function co() coroutine.yield() end
	local waiting = coroutine.create(co)
	coroutine.resume(waiting)
	local sleeper = skynet.fork(skynet.sleep, 5)
	skynet.yield()
	for _, option in ipairs(options) do
		for _, of in ipairs { print, co, skynet.call, coroutine.wrap(co), 0, 1, 2, 5, 1000, -1, 1 << 40 } do
			pcall(debug.getinfo, of, option)
			pcall(debug.getinfo, waiting, of, option)
			pcall(debug.getinfo, sleeper, of, option)
		end
	end
	for _, value in ipairs { 0, 1.5, "x", true, {}, print, waiting, sleeper, io.stdout } do
		pcall(debug.traceback, value) pcall(debug.traceback, value, value) pcall(debug.traceback, value, "x", -5) pcall(debug.traceback, "x", 1 << 40)
		pcall(debug.upvaluejoin, co, 1, co, 1 << 40) pcall(debug.upvalueid, value, -1)
		pcall(debug.setuservalue, value, 1, 1) pcall(debug.getuservalue, value, 1 << 40)
	end
	for i = 1, 3 do
		local function a() return echo end
		local function b() return waiting end
		pcall(debug.upvaluejoin, a, i, b, i)
		pcall(a)
	end
	-- a hook that misbehaves
	for _, f in ipairs { function() error("in a hook") end, function() coroutine.yield() end, function() skynet.sleep(1) end, function() debug.sethook() end, function() collectgarbage() end, error, print } do
		skynet.fork(function() debug.sethook(f, "crl", 1) local x = 1 skynet.send(echo, "lua", 1) end)
		skynet.fork(function() debug.sethook(f, "l") local x = 1 debug.sethook() end)
		skynet.sleep(1)
	end
	-- metatables of the basic types
	local weird = { __index = function(_, k) return k end, __call = function() return 1 end, __tostring = function() return "weird" end, __name = 5, __eq = error, __lt = error, __concat = function() return "c" end, __len = function() return -1 end, __unm = error, __close = error, __gc = error, __mode = 5, __metatable = 5, __pairs = function() return next, {} end }
	for _, value in ipairs { 1, "x", true, print, waiting, skynet.pack(1) } do
		local before = debug.getmetatable(value)
		debug.setmetatable(value, weird)
		pcall(print, "> weird", value)
		pcall(skynet.error, value)
		pcall(skynet.send, echo, "lua", value, { value })
		skynet.fork(function() pcall(skynet.call, echo, "lua", value) end)
		skynet.fork(function() pcall(skynet.call, value, "lua") end)
		pcall(skynet.fork, value)
		skynet.fork(function() pcall(skynet.wait, value) end)
		skynet.fork(function() error(value) end)
		pcall(require, value)
		pcall(load, value)
		pcall(io.open, value)
		pcall(skynet.sleep, 1)
		debug.setmetatable(value, before)
	end
	debug.setmetatable(nil, weird)
	pcall(function() return (nil)(), nil .. nil, #nil end)
	pcall(skynet.fork)
	pcall(skynet.fork, nil)
	pcall(skynet.timeout, 1)
	pcall(skynet.sleep, 1)
	-- An idle coroutine of the scheduler has nil for a function.
	local idle = {}
	for i = 1, 10 do idle[i] = skynet.fork(function() end) end
	skynet.sleep(1)
	debug.setmetatable(nil, { __call = function() skynet.fork(print, "> x") coroutine.yield() skynet.fork(print, "> y") end })
	for i = 1, 10 do
		coroutine.resume(idle[i])
		skynet.fork(function() skynet.sleep(1) end)
		coroutine.resume(idle[i])
	end
	debug.setmetatable(nil, nil)
	skynet.sleep(2)
	-- _G
	setmetatable(_G, { __index = function(_, k) error("no " .. tostring(k)) end, __newindex = error })
	pcall(skynet.newservice, "lib/echo")
	pcall(skynet.killthread, "x")
	setmetatable(_G, nil)
	for _, name in ipairs { "string", "coroutine", "table", "os", "io", "next", "pairs", "tostring", "error", "pcall", "xpcall", "require", "package", "debug", "math" } do
		local before = _G[name]
		for _, value in ipairs { false, 5, {} } do
			_G[name] = value
			skynet.fork(function() skynet.sleep(1) end)
			skynet.fork(function() nothing() end)
			skynet.killthread("nothing")
			skynet.sleep(2)
			skynet.call(echo, "lua", 1)
		end
		_G[name] = before
	end
	for name, value in pairs(string) do string[name] = nil end
	skynet.killthread("nothing")
	for name in pairs(package.loaded) do if name ~= "_G" then package.loaded[name] = nil end end
end)
