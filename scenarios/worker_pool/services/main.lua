-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice. The scenario does not need this file.

local skynet = require "skynet"

skynet.start(function()
	local pool = skynet.newservice("pool", 3)
	for task = 1, 6 do
		print(task, skynet.call(pool, "lua", "submit", task))
	end
	print("not a task:", skynet.call(pool, "lua", "submit", "x"))
	print("a worker dies:", skynet.call(pool, "lua", "kill_worker", 2))
	for task = 7, 12 do
		print(task, skynet.call(pool, "lua", "submit", task))
	end
	print("poison:", skynet.call(pool, "lua", "submit", "poison"))
	print("size:", skynet.call(pool, "lua", "resize", 0))
	print("nobody there:", skynet.call(pool, "lua", "submit", 13))
	print("size:", skynet.call(pool, "lua", "resize", 2))
	print(14, skynet.call(pool, "lua", "submit", 14))
	skynet.exit()	-- ends this service only
end)
