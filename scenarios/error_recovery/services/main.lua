-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice and the lib folder in lua_path. The scenarios do not need this file.

local skynet = require "skynet"

skynet.start(function()
	local database = skynet.newservice("database")
	local gateway = skynet.newservice("gateway", ".gateway1")
	local client = skynet.newservice("client", ".gateway1")

	skynet.sleep(10)
	skynet.call(client, "lua", "work", 300, 2, "gold")
	skynet.sleep(100)
	print("connected, recoveries:", skynet.call(gateway, "lua", "status"))
	skynet.call(database, "lua", "set_mode", "down")
	skynet.sleep(200)
	print("while the database is down:", skynet.call(gateway, "lua", "status"))
	skynet.call(database, "lua", "set_mode", "up")
	skynet.sleep(350)
	print("and when it is back:", skynet.call(gateway, "lua", "status"))
	print("the last answer:", skynet.call(client, "lua", "last"))
	skynet.exit()	-- ends this service only
end)
