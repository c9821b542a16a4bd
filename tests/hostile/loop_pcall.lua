-- exit: 1
-- instructions: 20000000
-- out: endless
-- An endless loop that catches everything.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	while true do pcall(function() while true do end end) end
	print("> never")
end)
