-- The global names that a service finds.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	local names = {}
	for name in pairs(_G) do names[#names + 1] = name end
	table.sort(names)
	print("> " .. table.concat(names, " "))
	skynet.abort()
end)
