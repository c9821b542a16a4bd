-- Starts each of its arguments as a service of its own. One that does not start says why itself; that it
-- did not is an error here, and keeps the others from nothing.

local skynet = require "skynet"

local names = { ... }

skynet.start(function()
	for _, name in ipairs(names) do
		local ok = pcall(skynet.newservice, name)
		if not ok then
			skynet.fork(error, "the listing " .. name .. " did not start", 0)
		end
	end
end)
