-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice and the lib folder in lua_path. The scenarios do not need this file.
-- start = "main relay" replaces services instead of code.

local skynet = require "skynet"

local kind = ...

skynet.start(function()
	skynet.newservice("auditor")
	local ledger = skynet.newservice(kind or "ledger")
	local client = skynet.newservice("client", "ann")

	skynet.call(client, "lua", "work", 100)
	for _ = 1, 5 do
		skynet.sleep(20)
		print("reload:", skynet.call(ledger, "lua", "reload"))
	end
	skynet.sleep(100)
	print("generation, ok, total:", skynet.call(ledger, "lua", "total"))
	local _, _, entries = skynet.call(ledger, "lua", "entries")
	print("entries:", #entries)
	skynet.exit()	-- ends this service only
end)
