-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice and the lib folder in lua_path. The scenarios do not need this file.
-- (The idle connections need an hour.)

local skynet = require "skynet"

skynet.start(function()
	local sessions = skynet.newservice("sessions")
	local client = skynet.newservice("client", 100)
	skynet.sleep(10)
	print("connections:", (skynet.call(sessions, "lua", "status")))
	print("a thousand texts, kept bytes:", skynet.call(client, "lua", "flood", 1000, 100))
	print("closed:", skynet.call(client, "lua", "stop"))
	print("connections:", (skynet.call(sessions, "lua", "status")))
	skynet.exit()	-- ends this service only
end)
