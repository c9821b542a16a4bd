-- exit() while requests are running, suspended, held as response closures, queued, and while calling others.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "callee" then
	skynet.start(function()
		local held
		skynet.dispatch("lua", function(_, source, cmd)
			if cmd == "hold" then held = skynet.response() out("callee holds, wanted", held("TEST"))
			else out("callee: still wanted", held("TEST")) out("answering", held(true, "late")) skynet.retpack("checked") end
		end)
	end)
elseif mode == "slave" then
	skynet.start(function()
		local keep = {}
		skynet.dispatch("lua", function(_, _, cmd, arg)
			if cmd == "sleep" then skynet.sleep(500) skynet.retpack("slept")
			elseif cmd == "keep" then keep[#keep + 1] = skynet.response()
			elseif cmd == "forward" then skynet.retpack(skynet.call(arg, "lua", "hold"))
			elseif cmd == "exit" then out("exiting") skynet.exit() out("never") 
			end
		end)
	end)
else
	skynet.start(function()
		local callee = skynet.newservice(SERVICE_NAME, "callee")
		local s = skynet.newservice(SERVICE_NAME, "slave")
		local results = {}
		local function bg(key, ...) local a = table.pack(...) skynet.fork(function() results[key] = table.pack(pcall(skynet.call, s, "lua", table.unpack(a, 1, a.n))) end) end
		bg("sleep", "sleep") bg("keep1", "keep") bg("keep2", "keep") bg("forward", "forward", callee)
		skynet.sleep(2)
		bg("exit", "exit") bg("queued", "sleep")
		skynet.sleep(3)
		for _, k in ipairs { "sleep", "keep1", "keep2", "forward", "exit", "queued" } do out(k, results[k] and results[k][1], results[k] and results[k][2]) end
		out(skynet.call(callee, "lua", "check"))
		out("after", pcall(skynet.call, s, "lua", "sleep"))
		out("tasks", skynet.task())
		skynet.abort()
	end)
end
