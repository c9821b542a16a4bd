-- The start script exits, others live on and end the process later.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "worker" then
	skynet.start(function()
		skynet.dispatch("lua", function(session, source, cmd, main)
			if cmd == "ask main" then out("main answers", pcall(skynet.call, main, "lua", "question"))
			elseif cmd == "watch" then out("main is gone", pcall(skynet.call, main, "lua", "never answered")) end
			if session > 0 then skynet.retpack("done") end
		end)
		skynet.timeout(12, function() out("worker still runs") out("main by name", skynet.localname(".main")) skynet.abort() out("after abort the handler goes on") skynet.fork(function() out("and its forks too") end) end)
	end)
else
	skynet.start(function()
		skynet.register(".main")
		skynet.dispatch("lua", function(_, _, cmd) if cmd == "question" then skynet.retpack("answer") end skynet.wait({}) end)
		local w = skynet.newservice(SERVICE_NAME, "worker")
		out(skynet.call(w, "lua", "ask main", skynet.self()))
		skynet.send(w, "lua", "watch", skynet.self())
		skynet.timeout(1000, function() out("never") end)
		skynet.fork(function() skynet.sleep(2) out("fork of main") skynet.sleep(3) out("main exits") skynet.exit() out("never") end)
	end)
end
