-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a to-be-closed variable of a coroutine that failed.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	skynet.fork(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) error('x') end)
	skynet.sleep(1)
	print("> never")
end)
