-- exit: 1
-- timeout: 300
-- slow:
-- out: hangs
-- Endless in a finalizer, where no hook reaches: given up after 20 s of processor time.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	setmetatable({}, { __gc = function() while true do end end })
	collectgarbage()
	print("> never")
end)
