-- exit, kill and errors among forks, timers and waiting calls: what still runs, and what callers hear.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
local function closing(what) return setmetatable({}, { __close = function(_, e) out("closed", what, e) end }) end
if mode then
	local C = {}
	function C.forks() skynet.fork(function() out("fork 1") skynet.fork(out, "never: fork of fork") skynet.exit() end) skynet.fork(out, "never: fork 2") skynet.retpack "forks" end
	function C.timer() skynet.timeout(1, function() skynet.exit() end) skynet.timeout(1, function() out("never: second timer") end) skynet.sleep(5) end
	function C.woken() local me = coroutine.running() skynet.fork(function() skynet.wakeup(me) skynet.exit() end) local x <close> = closing "waiter" skynet.wait() out("never: woken") end
	function C.response() local r = skynet.response() local s = skynet.response skynet.fork(function() out("second response", pcall(s)) skynet.exit() end) end
	function C.tobeclosed() local x <close> = closing "handler" skynet.exit() end
	function C.closeyields() local x <close> = setmetatable({}, { __close = function() out("close yields", pcall(skynet.sleep, 1)) out("and goes on") end }) skynet.fork(skynet.exit) skynet.sleep(3) end
	function C.closesends() local x <close> = setmetatable({}, { __close = function() skynet.send(1 << 0 and tonumber(skynet.getenv "the_main"), "lua", "from a close") end }) skynet.fork(skynet.exit) skynet.sleep(3) end
	function C.twice() skynet.fork(function() out("pcall exit", pcall(skynet.exit)) end) end
	function C.killself() skynet.kill(skynet.self()) out("still here", skynet.self() ~= nil) skynet.fork(out, "fork after a kill") skynet.timeout(0, function() out("never: timer") end) skynet.retpack "killed" skynet.sleep(1) out("never: slept") end
	function C.finalizer() setmetatable({}, { __gc = function() out("finalizer", pcall(skynet.send, tonumber(skynet.getenv "the_main"), "lua", "from a finalizer")) end }) skynet.retpack(1) skynet.exit() end
	function C.errors() for i = 1, 3 do skynet.fork(error, "fork fails " .. i, 0) end skynet.fork(skynet.exit) skynet.fork(out, "never") skynet.sleep(1) end
	function C.incall() skynet.fork(function() skynet.sleep(1) skynet.exit() end) skynet.call(tonumber(skynet.getenv "the_main"), "lua", "held") out("never") end
	skynet.start(function() skynet.dispatch("lua", function(_, _, c) C[c]() end) end)
else
	skynet.start(function()
		skynet.setenv("the_main", skynet.self()) local held
		skynet.dispatch("lua", function(session, _, what) out("got", what, session > 0) if what == "held" then held = skynet.response() end end)
		for _, c in ipairs { "forks", "timer", "woken", "response", "tobeclosed", "closeyields", "closesends", "twice", "killself", "finalizer", "errors", "incall" } do
			local s = skynet.newservice(SERVICE_NAME, "slave") local answer skynet.fork(function() answer = table.pack(pcall(skynet.call, s, "lua", c)) end) skynet.sleep(8)
			out(c, answer and answer[1] or "no answer", answer and answer[2], "dead", not pcall(skynet.call, s, "debug", "PING"))
		end
		out("held answer wanted", held("TEST"), held(true, 1))
		skynet.abort()
	end)
end
