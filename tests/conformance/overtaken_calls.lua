-- A task that waits for an answer is continued by a late timer instead; what comes of the answer, of an error in
-- its place, and of the callee's end.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local commands = {}
function commands.answer() skynet.sleep(10) return "late" end
function commands.failure() skynet.sleep(10) error "late" end
function commands.exit() skynet.sleep(10) skynet.exit() end
local function tasks()
	local sessions, count = {}, skynet.task(nil)
	skynet.task(sessions)
	for _ in pairs(sessions) do count = count + 1 end
	return count
end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd) skynet.retpack(commands[cmd]()) end) end)
else
	skynet.start(function()
		for _, cmd in ipairs { "answer", "failure", "exit" } do
			for _, raw in ipairs { false, true } do
				local service = skynet.newservice(SERVICE_NAME, "slave")
				local before = tasks()
				local token = {}
				local sleeper = skynet.fork(function() skynet.wait(token) out(cmd, raw, "woken") end)
				skynet.fork(function()
					-- Refused, but its timer runs.
					out(cmd, raw, pcall(skynet.sleep, 5, token))
					if raw then
						local ok, msg, sz = pcall(skynet.rawcall, service, "lua", skynet.pack(cmd))
						out(cmd, raw, ok, ok and type(msg), ok and sz)
					else
						out(cmd, raw, pcall(skynet.call, service, "lua", cmd))
					end
					out(cmd, raw, "then", skynet.sleep(20))
				end)
				skynet.sleep(8)
				out(cmd, raw, "early", tasks() - before)
				skynet.sleep(7)
				out(cmd, raw, "after", tasks() - before)
				skynet.wakeup(token)
				skynet.sleep(20)
				out(cmd, raw, "end", tasks() - before, coroutine.status(sleeper))
			end
		end
		skynet.abort()
	end)
end
