-- uniqueservice of services that exit while they start, that query each other, and waiting callers of a failure.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "exit" then
	skynet.start(function() out("runs and exits") skynet.sleep(1) skynet.exit() end)
elseif mode == "circle" then
	skynet.start(function() skynet.register(".circle") out("circle asks for itself") skynet.uniqueservice(SERVICE_NAME) out("never") end)
else
	local name = SERVICE_NAME
	skynet.start(function()
		out("exits in its start", pcall(skynet.uniqueservice, name, "exit")) out("again", pcall(skynet.uniqueservice, name, "exit"))
		local results = {}
		for i = 1, 2 do skynet.fork(function() results[i] = table.pack(pcall(skynet.uniqueservice, "conf_nosuch_b")) end) end
		skynet.fork(function() results[3] = table.pack(pcall(skynet.queryservice, "conf_nosuch_b")) end)
		skynet.sleep(3) for i = 1, 3 do out("waiting caller", i, results[i] and results[i][1], results[i] and results[i][2]) end
		local r skynet.fork(function() r = table.pack(pcall(skynet.uniqueservice, name, "circle")) end) skynet.sleep(4) out("circular wait", r)
		skynet.kill(skynet.localname(".circle")) skynet.sleep(2) out("after kill", r and r[1], r and r[2])
		out("boolean name", (pcall(skynet.uniqueservice, true))) out("number name", (pcall(skynet.uniqueservice, 5)))
		skynet.abort()
	end)
end
