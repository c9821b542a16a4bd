-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless after the node has been aborted.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	skynet.abort()
	while true do pcall(skynet.abort) end
end)
