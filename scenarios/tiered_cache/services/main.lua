-- A short demonstration for real Skynet: start = "main", the services folder and sqlite_server.lua in luaservice,
-- the lib folder in lua_path, lsqlite3 in lua_cpath, and a Redis at cache:6379. The scenarios do not need this file.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.kill

skynet.start(function()
	local sql = skynet.newservice("sqlite_server", "rows.db", 0, ".sql")
	local database = skynet.newservice("database")
	local one = skynet.newservice("front", ".front1", ".front1", ".front2")
	local two = skynet.newservice("front", ".front2", ".front1", ".front2")
	local client = skynet.newservice("client", ".front1")

	print("of 100 readers so many got it:", skynet.call(client, "lua", "burst", 100, "gold"))
	print("reads of the database:", skynet.call(database, "lua", "reads", "gold"))
	print("one reads:", skynet.call(one, "lua", "get", "gold"))
	print("two writes:", skynet.call(two, "lua", "set", "gold", 20))
	print("one reads:", skynet.call(one, "lua", "get", "gold"))
	print("what is not there:", skynet.call(one, "lua", "get", "nothing"))
	skynet.kill(sql)
	print("two writes:", skynet.call(two, "lua", "set", "gold", 30))
	print("one reads:", skynet.call(one, "lua", "get", "gold"))
	skynet.exit()	-- ends this service only
end)
