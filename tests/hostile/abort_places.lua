-- exit: 0,1
-- out: > begin
-- no: > late
-- The node is aborted in the middle of everything, again and again. The handler itself goes on, and so
-- does what it forks; nothing later than that.
local skynet = require "skynet"
require "skynet.manager"
for _ = 1, 10 do
	_G[_] = setmetatable({}, { __gc = function() skynet.abort() os.exit(5) skynet.launch("snlua", "lib/echo") end })
end
skynet.start(function()
	for _ = 1, 20 do skynet.newservice("lib/echo") end
	skynet.fork(function() local x <close> = setmetatable({}, { __close = skynet.abort }) skynet.wait() end)
	skynet.timeout(1, function() print("> late") end)
	skynet.yield()
	print("> begin")
	for _ = 1, 10 do
		pcall(skynet.abort)
		skynet.send(skynet.self(), "lua")
		skynet.fork(function() print("> forked") end)
		pcall(skynet.newservice, "lib/echo")
	end
	pcall(skynet.call, ".launcher", "lua", "LIST")
	print("> after")
end)
