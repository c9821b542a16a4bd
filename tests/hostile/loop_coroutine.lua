-- exit: 1
-- instructions: 20000000
-- out: endless
-- An endless loop of coroutines that catch everything.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	while true do
		local co = coroutine.create(function() while true do pcall(error) coroutine.yield() end end)
		for _ = 1, 10 do coroutine.resume(co) end
	end
	print("> never")
end)
