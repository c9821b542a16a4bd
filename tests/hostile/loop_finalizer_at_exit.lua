-- exit: 1
-- instructions: 20000000
-- out: endless
-- no: > never
-- Endless after leaving: the service's finalizers are not waited for.
local skynet = require "skynet"
local core = require "skynet.core"
_G.kept = setmetatable({}, { __gc = function() print("> never") while true do end end })
skynet.start(function()
	core.command("EXIT")
	while true do end
end)
