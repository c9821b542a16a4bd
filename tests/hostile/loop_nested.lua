-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless, many coroutines deep, each catching.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	local function deep(n)
		if n == 0 then while true do end end
		while true do pcall(coroutine.wrap(function() deep(n - 1) end)) end
	end
	deep(50)
	print("> never")
end)
