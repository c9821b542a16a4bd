-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice and the lib folder in lua_path. The scenarios do not need this file.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.kill

skynet.start(function()
	local base = os.tmpname()
	local keeper = skynet.newservice("keeper", base, 1)
	skynet.call(keeper, "lua", "put", "gold", 10)
	print("save number", skynet.call(keeper, "lua", "save"))
	skynet.call(keeper, "lua", "put", "gold", 11)
	print("save number", skynet.call(keeper, "lua", "save"))
	skynet.call(keeper, "lua", "put", "gold", 12)
	skynet.kill(keeper)
	local file <close> = assert(io.open(base .. ".2", "wb"))
	file:write("half of what w")
	file:close()
	keeper = skynet.newservice("keeper", base, 1)
	print("after a kill and a torn file", skynet.call(keeper, "lua", "get", "gold"))
	skynet.exit()	-- ends this service only
end)
