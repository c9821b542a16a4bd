-- A short demonstration for real Skynet: start = "main", the services folder and sqlite_server.lua in luaservice,
-- the lib folder in lua_path, lsqlite3 in lua_cpath, and a Redis at cache:6379. The scenarios do not need this file.

local skynet = require "skynet"

skynet.start(function()
	local ok = pcall(skynet.newservice, "structured_service", "max_connections=many")
	print("a bad configuration is accepted:", ok)

	skynet.newservice("sqlite_server", "structured.db", 0, ".database")
	skynet.call(skynet.newservice("auth"), "lua", "grant", "secret")
	local server = skynet.newservice("structured_service", "max_connections=3")
	local client = skynet.newservice("client")

	print("granted, refused:", skynet.call(client, "lua", "burst", 20, "secret"))
	skynet.call(server, "lua", "set", "gold", (skynet.call(server, "lua", "get", "gold") or 0) + 1)
	print("saved as number", skynet.call(server, "lua", "save"))
	print("stopped:", skynet.call(server, "lua", "shutdown"))
	skynet.exit()	-- ends this service only
end)
