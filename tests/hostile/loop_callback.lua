-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless in a callback written in Lua, which has a thread of its own.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
	print("> begin")
	core.callback(function() while true do end end)
	skynet.send(skynet.self(), "lua")
end)
