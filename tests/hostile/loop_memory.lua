-- exit: 1
-- slow:
-- out: endless
-- instructions: 2000000
-- timeout: 300
-- Endless, and out of memory all the time: every step is a full collection.
local skynet = require "skynet"
require "skynet.manager"
skynet.memlimit(8 << 20)
skynet.start(function()
	local t = {}
	while true do pcall(function() t[#t + 1] = load("return 1") end) end
end)
