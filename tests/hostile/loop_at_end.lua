-- exit: 0,1
-- instructions: 20000000
-- out: > begin
-- Finalizers that never end, when the node shuts down.
local skynet = require "skynet"
require "skynet.manager"
_G.keep = setmetatable({}, { __gc = function() while true do end end })
skynet.start(function()
	print("> begin")
end)
