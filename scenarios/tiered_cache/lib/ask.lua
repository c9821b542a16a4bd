-- A call that ends: answers what the service answers, or false and a reason when it
-- fails, is gone, or says nothing for so many ticks.

local skynet = require "skynet"

return function(address, ticks, ...)
	for _, response in skynet.request { address, "lua", ... }:select(ticks) do
		if not response then
			return false, "failed"
		end
		return table.unpack(response, 1, response.n)
	end
	return false, "no answer"
end
