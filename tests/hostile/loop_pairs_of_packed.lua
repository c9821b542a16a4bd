-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in __pairs while a message is packed.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	skynet.send(skynet.self(), 'lua', setmetatable({}, { __pairs = function() while true do end end }))
	print("> never")
end)
