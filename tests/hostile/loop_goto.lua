-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless with goto, in a fork.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	skynet.fork(function() ::again:: goto again end)
	skynet.sleep(1)
	print("> never")
end)
