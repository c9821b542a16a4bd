-- Shows everything that usually differs from process to process: order of tables, addresses,
-- random numbers, time, memory.
local skynet = require "skynet"

skynet.start(function()
	local set = {}
	for i = 1, 100 do
		set[{}] = i
		set[function() return i end] = -i
		set["key" .. i] = i / 3
	end
	local order = {}
	for key, value in pairs(set) do
		order[#order + 1] = tostring(key) .. "=" .. value
	end
	print(table.concat(order, " "))
	print(math.random(), math.random(1 << 60), os.time(), os.clock(), collectgarbage "count")
	for i = 1, 10 do
		skynet.timeout(math.random(100), function()
			print(i, skynet.now(), tostring(coroutine.running()))
		end)
	end
end)
