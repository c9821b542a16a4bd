-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless inside metamethods.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	local t = setmetatable({}, { __index = function(t, k) return k end, __lt = function() while true do end end, __close = function() while true do end end })
	while true do
		pcall(function() return t < t end)
		pcall(function() local x <close> = t end)
	end
	print("> never")
end)
