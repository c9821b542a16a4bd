-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless, and mostly in short C functions.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	while true do ('x'):rep(100):gsub('.', string.upper) end
	print("> never")
end)
