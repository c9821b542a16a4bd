-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice and the lib folder in lua_path. The scenario does not need this file.

local skynet = require "skynet"

skynet.start(function()
	skynet.newservice("guard")
	local stock = skynet.newservice("stock")
	for _, place in ipairs { "east", "north", "west" } do
		skynet.call(stock, "lua", "open", place, { salt = 40 })
	end
	local left = 3
	for _ = 1, left do
		local carrier = skynet.newservice("carrier", 10)
		skynet.fork(function()
			skynet.call(carrier, "lua", "work")
			left = left - 1
		end)
	end
	while left > 0 do
		print("salt, version:", skynet.call(stock, "lua", "count", "salt"))
	end
	print("salt, version:", skynet.call(stock, "lua", "count", "salt"))
	skynet.exit()	-- ends this service only
end)
