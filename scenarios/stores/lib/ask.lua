-- A call that ends: true and the answer, or false if the service fails, dies meanwhile (then nobody ever
-- answers), or says nothing for so many ticks.

local skynet = require "skynet"

return function(address, ticks, ...)
	for _, response in skynet.request { address, "lua", ... }:select(ticks) do
		if response then
			return true, table.unpack(response, 1, response.n)
		end
		return false
	end
	return false
end
