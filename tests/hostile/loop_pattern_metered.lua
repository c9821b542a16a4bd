-- exit: 1
-- out: hangs in a C function
-- no: > never
-- timeout: 300
-- slow:
-- Long enough to be suspected, and then endless in a C function: the repeated run is watched, too.
local skynet = require "skynet"
skynet.start(function()
	local n = 0
	for i = 1, 100000000 do n = n + i end
	print("> begin")
	assert((("a"):rep(60)):find(("a?"):rep(60) .. ("a"):rep(60)))
	print("> never")
end)
