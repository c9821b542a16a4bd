-- exit: 1
-- out: os.exit(3)
-- no: > never
-- os.exit from everywhere: no handler, no closing variable, no fork of it goes on.
local skynet = require "skynet"
require "skynet.manager"
local function never() print("> never") end
skynet.start(function()
	skynet.fork(print, "> never")
	skynet.fork(xpcall, print, print, "> never")
	skynet.timeout(0, never)
	local waiting = skynet.fork(function() skynet.wait() never() end)
	skynet.wakeup(waiting)
	local _ <close> = setmetatable({}, { __close = never })
	xpcall(coroutine.wrap(function()
		local _ <close> = setmetatable({}, { __close = function() while true do end end })
		xpcall(table.sort, never, { 1, 2, 3 }, function() os.exit(3) end)
	end), never)
	never()
end)
