-- exit: 0
-- out: > done
-- Strings that fit nowhere: errors, not the end of the process.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	for _, size in ipairs { 1 << 31, 1 << 32, 1 << 33, 1 << 40, (1 << 62) + 1, math.maxinteger } do
		assert(not pcall(string.rep, "x", size))
		assert(not pcall(string.rep, "xy", size, "z"))
		assert(not pcall(table.concat, { "a", "b" }, string.rep("s", 1000), 1, size))
		assert(not pcall(string.format, "%" .. size .. "d", 1))
	end
	print("> done")
	skynet.abort()
end)
