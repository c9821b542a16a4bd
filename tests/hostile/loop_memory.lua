-- exit: 1
-- slow:
-- out: hangs
-- timeout: 300
-- Endless, and out of memory all the time: every step is a full collection.
local skynet = require "skynet"
require "skynet.manager"
skynet.memlimit(8 << 20)
skynet.start(function()
	local t = {}
	while true do t[#t + 1] = load("return 1") end
end)
