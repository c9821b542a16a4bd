-- uniqueservice and queryservice: concurrent callers, failures, exits, dead owners, global ones, arguments.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local name, failing = SERVICE_NAME, "conf_nosuch"
if mode == "one" then
	local _, a = ...
	skynet.start(function() out("launched with", a) skynet.sleep(2) skynet.dispatch("lua", function(_, _, cmd) if cmd == "exit" then skynet.exit() end skynet.retpack("one", a) end) end)
else
	skynet.start(function()
		local found = {}
		for i = 1, 3 do skynet.fork(function() found[i] = skynet.uniqueservice(name, "one", "arg" .. i) end) end
		for i = 4, 5 do skynet.fork(function() found[i] = skynet.queryservice(name) end) end
		skynet.sleep(8)
		local same = true for i = 1, 5 do same = same and found[i] == found[1] end out("all the same", same, type(found[1]))
		out("again", skynet.uniqueservice(name, "one", "other") == found[1], skynet.call(found[1], "lua", "x"))
		local g = skynet.uniqueservice(true, name, "one", "global") out("global is another one", g ~= found[1], skynet.uniqueservice(true, name) == g, skynet.queryservice(true, name) == g)
		out("exit", pcall(skynet.call, found[1], "lua", "exit")) skynet.sleep(1)
		out("the stale handle stays", skynet.uniqueservice(name, "one", "new") == found[1], skynet.queryservice(name) == found[1])
		out("a failing one", pcall(skynet.uniqueservice, failing)) out("query it", pcall(skynet.queryservice, failing)) out("launch again", pcall(skynet.uniqueservice, failing))
		local waiting skynet.fork(function() waiting = table.pack(pcall(skynet.queryservice, "nobody_starts_it")) end) skynet.sleep(3) out("query of nothing waits", waiting)
		local list = skynet.call(".service", "lua", "LIST")
		local keys = {} for k, v in pairs(list) do keys[#keys + 1] = k .. "=" .. (v:match("^[^\n]*"):gsub("[^ ]*%.lua:%d+: ", ""):gsub(":%x+", ":H")) end table.sort(keys) for _, k in ipairs(keys) do out("list", k) end
		out("bad command", skynet.call(".service", "lua", "NOSUCH"))
		out("no name", (pcall(skynet.uniqueservice)))
		skynet.abort()
	end)
end
