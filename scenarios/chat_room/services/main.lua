-- A short demonstration for real Skynet: start = "main", luaservice with
-- ".../chat_room/services/?.lua" in it. The scenarios do not need this file.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.kill

skynet.start(function()
	local hub = skynet.newservice("chat_room")
	local users = {}
	for _, name in ipairs { "ann", "bob", "cat" } do
		users[name] = skynet.newservice("user", name)
		skynet.call(users[name], "lua", "join", "lobby")
	end

	skynet.call(users.ann, "lua", "say", "lobby", "hello")
	skynet.call(users.bob, "lua", "say", "lobby", "hello ann")
	skynet.kill(users.bob)
	skynet.call(users.ann, "lua", "say", "lobby", "bob?")
	skynet.call(users.cat, "lua", "say", "lobby", "gone")

	for _, message in ipairs(skynet.call(hub, "lua", "history", "lobby")) do
		print(message.seq, message.kind, message.from, message.text or "")
	end
	skynet.exit()	-- ends this service only; hub and users live on
end)
