-- exit: 0,1
-- out: > done
-- Recursion of every kind ends in an error.
local skynet = require "skynet"
require "skynet.manager"

local function fails(name, f, ...)
	local ok, text = pcall(f, ...)
	print("> " .. name, ok, (tostring(text):gsub("\n.*", ""):sub(1, 70)))
	assert(not ok, name)
end

local function deep() return 1 + deep() end
local function through_gsub() return (("x"):gsub("x", through_gsub)) end
local function through_sort() table.sort({ 2, 1 }, through_sort) end
local function through_wrap() return coroutine.wrap(through_wrap)() end
local function through_pcall() local ok, text = pcall(through_pcall) if not ok then error(text, 0) end end
local function through_load() assert(load("through_load()", "x", "t", { through_load = nil }))() end
local function through_dofile() dofile("lib/recursive.lua") end
local T = {}
T.__tostring = function(t) return tostring(t) end
T.__index = function(t, k) return t[k] end
T.__concat = function(a, b) return a .. b end
T.__eq = function(a, b) return a == b end
T.__len = function(a) return #a end
T.__close = function() local x <close> = setmetatable({}, T) end
T.__pairs = function(t) return pairs(t) end
T.__call = function(t) return t() .. "" end
local t, u = setmetatable({}, T), setmetatable({}, T)
local function handler() error("again") end
local function failing_handler() return xpcall(error, failing_handler) end

skynet.start(function()
	fails("lua", deep)
	fails("gsub", through_gsub)
	fails("sort", through_sort)
	fails("wrap", through_wrap)
	fails("pcall", through_pcall)
	fails("index", function() return t.x end)
	fails("tostring", tostring, t)
	fails("format", string.format, "%s", t)
	fails("concat", function() return t .. u end)
	fails("eq", function() return t == u end)
	fails("len", function() return #t end)
	fails("pairs", pairs, t)
	fails("call", t)
	fails("print", print, t)
	fails("error", skynet.error, t)
	fails("pack", skynet.pack, t)
	pcall(function() local x <close> = t end)
	print("> handlers", xpcall(error, handler))
	print("> handlers", pcall(failing_handler))
	_G.again = function() return (load "return 1 + again()")() end
	fails("load", _G.again)
	_G.again_c = function() return dofile("lib/recursive.lua") end
	fails("dofile", _G.again_c)
	package.preload.again = function() package.loaded.again = nil return require "again" end
	fails("require", require, "again")
	local function nest_load() return load(function() return nest_load() end) end
	pcall(nest_load)
	local source = "return " .. ("("):rep(100000) .. "1" .. (")"):rep(100000)
	assert(not load(source))
	assert(not load(("do "):rep(100000)))
	assert(not load("x = " .. ("{"):rep(100000)))
	assert(not load("return " .. ("not "):rep(100000) .. "1"))
	assert(not load(("f("):rep(100000)))
	local parts = {}
	for i = 1, 300 do parts[i] = "local a" .. i end
	assert(not load(table.concat(parts, "\n")))
	assert(load("return " .. ("1 .. "):rep(100) .. "1"))
	local nested = {}
	for _ = 1, 100 do nested = { nested } end
	fails("pack depth", skynet.pack, nested)
	fails("unpack depth", skynet.unpack, ("\14"):rep(100000))
	fails("table.unpack", table.unpack, {}, 1, 1e7)
	fails("table.unpack", table.unpack, {}, 1, 1 << 62)
	fails("select", select, -1)
	fails("string.byte", string.byte, ("x"):rep(1e7), 1, -1)
	fails("vararg", function(...) return select("#", ...) + nil end, table.unpack({}, 1, 10000))
	-- Native recursion: a dispatch inside a dispatch.
	local dispatch = package.loaded["skysim.dispatch"]
	if dispatch then
		local depth = 0
		skynet.dispatch("lua", function(...)
			depth = depth + 1
			dispatch.dispatch_message(10, skynet.packstring("again"), 0, 0, skynet.self())
		end)
		skynet.fork(function() print("> dispatch", pcall(dispatch.dispatch_message, 10, skynet.packstring("again"), 0, 0, skynet.self())) end)
		skynet.sleep(1)
		assert(depth > 10)
		skynet.fork(function()
			local me = coroutine.running()
			pcall(dispatch.expect, 4242, me)
			pcall(dispatch.dispatch_message, 1, "", 0, 4242, 0)
			pcall(dispatch.adopt, me)
			pcall(dispatch.expect, 4243, me)
			pcall(dispatch.dispatch_message, 1, "", 0, 4243, 0)
			pcall(dispatch.release, me)
			collectgarbage()
		end)
		skynet.sleep(1)
		local depth = 0
		skynet.dispatch("lua", function(...)
			depth = depth + 1
			if depth < 10000 then
				skynet.fork(dispatch.dispatch_message, 10, skynet.packstring("again"), 0, 0, skynet.self())
			end
		end)
		skynet.fork(dispatch.dispatch_message, 10, skynet.packstring("again"), 0, 0, skynet.self())
		skynet.sleep(1)
	end
	print("> done")
	skynet.abort()
end)
