-- For real Skynet, with lsqlite3 in lua_cpath and a Redis at cache:6379.

local skynet = require "skynet"

skynet.start(function()
	skynet.newservice("sqlite_server", "bank.db", 0, ".database")
	local accounts = skynet.newservice "accounts"
	skynet.call(accounts, "lua", "open", "ann", "bob", "cleo")
	skynet.error(skynet.call(skynet.newservice("client", "dora"), "lua", "play", 10))
end)
