-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice. The scenario does not need this file.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.kill

local function show(service)
	skynet.sleep(150)
	print("ready, problem:", skynet.call(service, "lua", "status"))
end

skynet.start(function()
	local web = skynet.newservice("component", "web", "users")
	local users = skynet.newservice("component", "users", "database")
	show(web)
	skynet.newservice("directory")
	show(web)
	local database = skynet.newservice("component", "database")
	show(web)
	print("have worked:", skynet.call(web, "lua", "work"))
	skynet.kill(database)
	show(web)
	skynet.newservice("component", "database")
	show(web)
	skynet.call(users, "lua", "need", "web")
	show(web)
	skynet.abort()
end)
