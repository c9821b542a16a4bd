-- exit: 1
-- instructions: 20000000
-- out: endless
-- A sort that never ends, for its comparison never does.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	table.sort({ 1, 2, 3 }, function() while true do pcall(error) end end)
	print("> never")
end)
