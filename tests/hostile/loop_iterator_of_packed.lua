-- exit: 0,1
-- instructions: 20000000
-- out: > begin
-- An endless table, packed.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	local n = 0
	skynet.send(skynet.self(), 'lua', setmetatable({}, { __pairs = function() return function(_, k) return 1, 2 end end }))
	print("> never")
end)
