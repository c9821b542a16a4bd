-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in the text of an error, which is made on a thread of the scheduler, while a callback
-- written in Lua dispatches the message.
local skynet = require "skynet"
local core = require "skynet.core"
local endless = setmetatable({}, { __tostring = function() while true do end end })
skynet.start(function()
	print("> begin")
	skynet.dispatch("lua", function() error(endless) end)
	core.callback(function(...) return skynet.dispatch_message(...) end)
	skynet.send(skynet.self(), "lua")
end)
