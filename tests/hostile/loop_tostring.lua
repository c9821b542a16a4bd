-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in the __tostring of an error that the scheduler describes.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	skynet.fork(function() error(setmetatable({}, { __tostring = function() while true do end end })) end)
	skynet.sleep(1)
	print("> never")
end)
