-- exit: 0,1
-- memory: 12000
-- timeout: 180
-- slow:
-- out: > begin
-- More bytes in messages than a simulation has room for.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	local huge = ("x"):rep(1 << 28)
	for i = 1, 20 do
		print("> send", i, pcall(skynet.send, skynet.self(), "lua", huge))
		print("> pack", i, pcall(skynet.packstring, huge))
	end
	skynet.abort()
end)
