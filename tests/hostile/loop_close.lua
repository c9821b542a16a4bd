-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a to-be-closed variable of a coroutine that is closed.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) coroutine.yield() end)
	coroutine.resume(co)
	coroutine.close(co)
	print("> never")
end)
