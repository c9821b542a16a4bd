-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a to-be-closed variable of a coroutine that is killed.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	local co = skynet.fork(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) skynet.wait() end)
	skynet.yield()
	skynet.killthread(co)
	print("> never")
end)
