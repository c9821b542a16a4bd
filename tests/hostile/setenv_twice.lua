-- exit: 1
-- instructions: 20000000
-- out: skynet_env.c: assert
-- Setting the environment twice kills the real process; here it ends the run.
local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"
skynet.start(function()
	skynet.setenv("twice", 1)
	while true do pcall(core.command, "SETENV", "twice 2") end
end)
