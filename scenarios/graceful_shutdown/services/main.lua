-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice. The scenario does not need this file.

local skynet = require "skynet"

skynet.start(function()
	skynet.newservice("storage")
	local server = skynet.newservice("server")
	local client = skynet.newservice("client", "ann", 40)
	skynet.fork(function()
		for _ = 1, 2 do
			skynet.fork(function()
				skynet.sleep(30)
				print("stopped:", skynet.call(server, "lua", "shutdown"))
			end)
		end
	end)
	skynet.call(client, "lua", "work")
	local accepted = 0
	for _, outcome in pairs(skynet.call(client, "lua", "outcomes")) do
		accepted = accepted + (outcome == "accepted" and 1 or 0)
	end
	local again = skynet.newservice("server")
	print("accepted, saved:", accepted, skynet.call(again, "lua", "sums").ann)
	skynet.exit()	-- ends this service only
end)
