-- exit: 0,1
-- out: > done
-- memory: 9000
-- timeout: 120
-- Sizes beyond all memory, without a limit: an error of Lua, not the end of the simulator.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	for _, bits in ipairs { 32, 33, 34, 36, 40, 50, 62 } do
		print("> rep", bits, pcall(string.rep, "x", 1 << bits))
		collectgarbage()
		print("> rep", bits, pcall(string.rep, "xy", (1 << bits) - 17))
		if table.create then
			print("> create", bits, pcall(table.create, 1 << bits))
			print("> create", bits, pcall(table.create, 0, 1 << bits))
			print("> create", bits, pcall(table.create, (1 << bits) - 1))
		end
		print("> unpack", bits, pcall(table.unpack, {}, 1, 1 << bits))
		print("> concat", bits, pcall(table.concat, {}, "x", 1, 1 << bits))
		print("> pack", bits, pcall(string.pack, "s8", 1 << bits))
		print("> move", bits, pcall(table.move, {}, 1, 0, 1 << bits))
		print("> insert", bits, pcall(table.insert, {}, 1 << bits, 1))
		print("> sort", bits, pcall(table.sort, setmetatable({}, { __len = function() return 1 << bits end })))
		print("> sub", bits, #("x"):sub(1, 1 << bits))
	end
	print("> done")
	skynet.abort()
end)
