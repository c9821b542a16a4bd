-- exit: 1
-- timeout: 300
-- slow:
-- out: hangs
-- Finalizers that never end, when a service exits.
local skynet = require "skynet"
require "skynet.manager"
_G.keep = setmetatable({}, { __gc = function() while true do end end })
skynet.start(function()
	print("> begin")
	skynet.exit()
end)
