-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a hook, where no hook reaches.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	debug.sethook(function() while true do end end, 'l')
	local x = 1
	print("> never")
end)
