-- The commands of .launcher: LIST, STAT, MEM, KILL, QUERY, LOGLAUNCH is left out; case and unknown ones.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function() skynet.wait({}) end) end)
else
	local function values(t) local r = {} for _, v in pairs(t) do r[#r + 1] = tostring(v) end table.sort(r) return table.concat(r, " | ") end
	skynet.start(function()
		local L = ".launcher"
		out("before", values(skynet.call(L, "lua", "LIST")))
		local a, b = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b", 2)
		out("after", values(skynet.call(L, "lua", "LIST")))
		out("lower case", skynet.call(L, "lua", "list")[skynet.address(a)])
		out("unknown", skynet.call(L, "lua", "nosuch")[1])
		local stat = skynet.call(L, "lua", "STAT")[skynet.address(a)] local keys = {} for k, v in pairs(stat) do keys[#keys + 1] = k .. ":" .. type(v) end table.sort(keys) out("stat", table.concat(keys, " "))
		out("mem", (skynet.call(L, "lua", "MEM")[skynet.address(a)]:gsub("[%d.]+", "N", 1)))
		out("gc", (skynet.call(L, "lua", "GC")[skynet.address(b)]:gsub("[%d.]+", "N", 1)))
		skynet.fork(function() out("a waiting call hangs", pcall(skynet.call, a, "lua")) end) skynet.sleep(1)
		local k = skynet.call(L, "lua", "KILL", a) out("kill", k[skynet.address(a)])
		out("list", values(skynet.call(L, "lua", "LIST")))
		out("kill nobody", values(skynet.call(L, "lua", "KILL", 0xfffff0)))
		out("query", skynet.call(L, "lua", "QUERY", 12345))
		core.command("KILL", skynet.address(b)) out("a ghost stays", skynet.call(L, "lua", "LIST")[skynet.address(b)])
		out("stat of the ghost", skynet.call(L, "lua", "STAT", 20)[skynet.address(b)])
		out("error", pcall(skynet.call, L, "lua", 5 == 5))
		skynet.fork(function() out("never", pcall(skynet.call, L, "lua", "REMOVE", 0xfffff0)) end) skynet.sleep(1) out("REMOVE does not answer", skynet.task())
		skynet.abort()
	end)
end
