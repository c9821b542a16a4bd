-- skynet.term for numbers and names, task() in all its forms, context lost after term.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function() skynet.wait({}) end) end)
else
	skynet.start(function()
		local s, s2 = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b") skynet.name(".s", s)
		local function bg(label, addr) skynet.fork(function() out(label, pcall(skynet.call, addr, "lua")) end) end
		out("tasks", skynet.task())
		bg("number 1", s) bg("number 2", s) bg("name", ".s") bg("other", s2) bg("text", skynet.address(s)) skynet.yield()
		out("tasks", skynet.task()) skynet.term(s2) skynet.yield() out("after term of b", skynet.task())
		skynet.term(".s") skynet.yield() out("after term by name", skynet.task()) skynet.term(s) skynet.yield() out("after term by number", skynet.task())
		skynet.term(skynet.address(s)) skynet.yield() out("after term by text", skynet.task()) skynet.term("nobody")
		local co = skynet.fork(function() skynet.wait({}) end) skynet.yield()
		local session = skynet.task(co) out("session of a coroutine", math.type(session), skynet.task(coroutine.create(print)))
		out("by number", skynet.task(session):match("^stack traceback:") ~= nil, skynet.task(123456)) local t = {} skynet.task(t) local n = 0 for k in pairs(t) do n = n + 1 end out("table", n)
		out("init in start", type(skynet.task("init"))) out("other", skynet.task("x"), skynet.task(true))
		skynet.dispatch("lua", function(session2) skynet.term(1) out("ret after term", pcall(skynet.retpack)) end)
		skynet.fork(function() out("never", pcall(skynet.call, skynet.self(), "lua")) end) skynet.sleep(1)
		skynet.timeout(50, function() end) out("timeouts count as tasks", skynet.task())
		skynet.timeout(0, function() out("init after start", skynet.task("init")) skynet.abort() end)
	end)
end
