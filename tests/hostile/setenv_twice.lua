-- exit: 1
-- instructions: 20000000
-- out: skynet_env.c: assert
-- Setting the environment twice kills the real process; here it ends the run.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	skynet.setenv("twice", 1)
	while true do pcall(skynet.setenv, "twice", 2) end
end)
