-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a required file.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	package.preload.x = function() while true do pcall(error) end end
	require 'x'
	print("> never")
end)
