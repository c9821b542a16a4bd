-- exit: 1
-- instructions: 20000000
-- out: endless
-- An endless loop.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	while true do end
	print("> never")
end)
