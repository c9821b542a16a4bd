-- log
-- Errors of all types from handlers, forks, timers, unpack functions, dispatch that cannot be called, and what their callers hear.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
local function object(text) return setmetatable({}, { __tostring = function() return text end }) end
local values = { { "text", "a text" }, { "empty", "" }, { "number", 12 }, { "float", 1.5 }, { "true", true }, { "false", false }, { "object", object "the object" }, { "zero byte", "a\0b" }, { "lines", "one\ntwo" }, { "percent", "%d %s %%" }, { "not a text", setmetatable({}, { __tostring = function() return 5 end }) }, { "failing", setmetatable({}, { __tostring = function() error("in tostring", 0) end }) }, { "int text", object "17" } }
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, how, i)
			local v = values[i][2]
			if how == "handler" then error(v, 0) elseif how == "fork" then skynet.fork(error, v, 0) elseif how == "timer" then skynet.timeout(0, function() error(v, 0) end) elseif how == "after" then skynet.retpack "ok" error(v, 0) elseif how == "pcall" then skynet.retpack(pcall(error, v)) return elseif how == "level" then error(v, 2) elseif how == "log" then skynet.error(v, v) elseif how == "xpcall" then skynet.retpack(xpcall(error, debug.traceback, v)) return end
			skynet.retpack "done"
		end)
		skynet.register_protocol { name = "badunpack", id = 40, pack = skynet.pack, unpack = function() error({}) end, dispatch = function() end }
		skynet.register_protocol { name = "nounpack", id = 41, pack = skynet.pack, dispatch = function() out("never") end }
		skynet.register_protocol { name = "notcallable", id = 42, pack = skynet.pack, unpack = skynet.unpack, dispatch = 5 }
		skynet.register_protocol { name = "callable", id = 43, pack = skynet.pack, unpack = skynet.unpack, dispatch = setmetatable({}, { __call = function(_, ...) skynet.retpack("callable", select("#", ...)) end }) }
		skynet.register_protocol { name = "falsedispatch", id = 45, pack = skynet.pack, unpack = skynet.unpack, dispatch = false }
		skynet.register_protocol { name = "nameless", id = 46, pack = skynet.pack, unpack = skynet.unpack, dispatch = setmetatable({}, { __name = "A name" }) }
		skynet.register_protocol { name = "trueunpack", id = 44, pack = skynet.pack, unpack = true, dispatch = function() end }
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, how in ipairs { "handler", "after", "fork", "timer", "log", "level" } do
			for i, v in ipairs(values) do if how ~= "log" or v[1] ~= "failing" and v[1] ~= "zero byte" then out(how, v[1], pcall(skynet.call, s, "lua", how, i)) skynet.sleep(1) end end
		end
		for i, v in ipairs(values) do out("pcall", v[1], pcall(skynet.call, s, "lua", "pcall", i)) end
		for _, p in ipairs { { "badunpack", 40 }, { "nounpack", 41 }, { "notcallable", 42 }, { "callable", 43 }, { "trueunpack", 44 }, { "falsedispatch", 45 }, { "nameless", 46 } } do skynet.register_protocol { name = p[1], id = p[2], pack = skynet.pack, unpack = skynet.unpack } local r skynet.fork(function() r = table.pack(pcall(skynet.call, s, p[1], 1)) end) skynet.sleep(2) out(p[1], table.unpack(r or { "waits" }, 1, r and r.n)) skynet.send(s, p[1], 1) skynet.sleep(1) end
		skynet.fork(5) skynet.sleep(1) skynet.fork("x", 1) skynet.sleep(1) skynet.fork(nil, 1, 2) skynet.sleep(1) skynet.fork(object "callable?") skynet.sleep(1)
		out("fork nothing", pcall(skynet.fork)) skynet.sleep(1)
		out("dispatch to a number", pcall(skynet.dispatch, "lua", 7)) skynet.send(skynet.self(), "lua", 1) skynet.sleep(1) out("call it", pcall(skynet.call, skynet.self(), "lua")) skynet.sleep(1)
		out("dispatch is", skynet.dispatch("lua")) out("dispatch(nil)", skynet.dispatch("lua", nil), skynet.dispatch("lua")) out("dispatch(false)", skynet.dispatch("lua", false), skynet.dispatch("nosuch")) out("unknown protocol", pcall(skynet.dispatch, "nosuch", print))
		skynet.sleep(2) skynet.abort()
	end)
end
