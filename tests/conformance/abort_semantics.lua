-- abort(): the handler runs on to its end, sends and calls find nobody, nothing later runs.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, x) skynet.sleep(500) skynet.retpack(x) end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave") skynet.name(".slave", s)
		skynet.fork(function() out("never", pcall(skynet.call, s, "lua", 1)) end) skynet.yield()
		local closing <close> = setmetatable({}, { __close = function() out("closed") end })
		skynet.timeout(0, function() out("never: timer") end)
		skynet.abort()
		out("still running") out("send", skynet.send(s, "lua", 1)) out("call", pcall(skynet.call, s, "lua", 1)) out("by name", skynet.localname(".slave"), skynet.localname(".launcher")) out("send to myself", skynet.send(skynet.self(), "lua", 1))
		out("self", skynet.self() ~= nil, skynet.address(skynet.self()):match("^:%x+$") ~= nil)
		skynet.fork(function() out("fork runs") skynet.yield() out("never") end)
		out("end of start")
	end)
end
