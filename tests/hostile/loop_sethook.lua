-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless, and always taking the hook away.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	while true do
		debug.sethook()
		debug.sethook(function() end, '', 1000000)
		coroutine.wrap(function() debug.sethook() end)()
	end
	print("> never")
end)
