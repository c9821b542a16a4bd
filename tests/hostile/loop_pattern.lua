-- exit: 1
-- timeout: 300
-- instructions: 20000000
-- out: hangs
-- out: > begin
-- A pattern that takes for ever, inside C.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	assert((('a'):rep(60)):find(('a?'):rep(60) .. ('a'):rep(60)))
	print("> never")
end)
