-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a message handler.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	while true do xpcall(error, function() while true do end end) end
	print("> never")
end)
