-- log
-- thread = 1
-- Late timers resume coroutines that are in the pool, or dead, and what that does to the tasks after them.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
-- A yield across a C function fails, but its timer runs.
local function late() pcall(string.gsub, "a", ".", function() skynet.sleep(1) end) end
local commands = {}
function commands.broken(n)
	for _ = 1, n do late() end
	return "ok", n
end
function commands.failing(n)
	for _ = 1, n do late() end
	error "failing"
end
function commands.woken(n)
	local me = coroutine.running()
	for _ = 1, n do late() end
	skynet.fork(function() out("woken", skynet.wakeup(me)) end)
	return "ok"
end
-- Two sleep on one token: the second fails, and its session stays.
function commands.token()
	local token = {}
	skynet.fork(skynet.wait, token)
	local failed = skynet.fork(skynet.wait, token)
	local caught = skynet.fork(function() pcall(skynet.wait, token) end)
	skynet.sleep(2)
	out("failed", skynet.killthread(failed) == failed, skynet.killthread(failed), coroutine.status(failed))
	out("caught", skynet.killthread(caught) == caught, skynet.killthread(caught), coroutine.status(caught))
	skynet.fork(out, "after it", 1)
	skynet.fork(out, "after it", 2)
	skynet.wakeup(token)
	return "ok"
end
function commands.plain() return "plain" end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd, ...) skynet.retpack(commands[cmd](...)) end) end)
else
	skynet.start(function()
		for _, cmd in ipairs { "broken", "failing", "woken", "token" } do
			for n = 1, 4 do
				local service = skynet.newservice(SERVICE_NAME, "slave")
				out(cmd, n, (pcall(skynet.call, service, "lua", cmd, n)))
				skynet.sleep(10)
				for again = 1, 3 do out(cmd, n, "again", again, (pcall(skynet.call, service, "lua", "plain"))) end
				local tasks = 0
				for _ in pairs(skynet.call(service, "debug", "TASK")) do tasks = tasks + 1 end
				out(cmd, n, "tasks", tasks)
			end
		end
		skynet.abort()
	end)
end
