-- thread = 1
-- SIGNAL 0 to an idle service breaks its next message; the one after that is fine.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, x) skynet.retpack(x) end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		out("before", skynet.call(s, "lua", 1))
		out("signal", core.command("SIGNAL", skynet.address(s) .. " 0"))
		skynet.fork(function() out("never answered", pcall(skynet.call, s, "lua", 2)) end) skynet.sleep(2)
		out("after", skynet.call(s, "lua", 3)) out("waiting", skynet.task())
		out("signal 1", core.command("SIGNAL", skynet.address(s) .. " 1")) out("still fine", skynet.call(s, "lua", 4))
		out("to nobody", core.command("SIGNAL", ":fffff0 0"))
		skynet.abort()
	end)
end
