-- log
-- Messages to handles of another harbor on a single node: calls fail, sends vanish, what is logged.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	out("send", skynet.send(0x05000008, "lua", "x"))
	out("call", pcall(skynet.call, 0x05000008, "lua", "x"))
	out("call text address", pcall(skynet.call, ":05000009", "lua", "xyz"))
	out("negative", pcall(skynet.call, -1, "lua"))
	out("kill", pcall(skynet.kill, 0x05000008))
	out("harbor", skynet.harbor(0x05000008))
	skynet.sleep(3)
	skynet.abort()
end)
