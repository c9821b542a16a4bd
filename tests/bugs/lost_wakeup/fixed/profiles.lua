-- Player profiles, each loaded from the database once. Who asks for one that is being loaded waits
-- for the one who loads it.

local skynet = require "skynet"
require "skynet.manager"

local cache = {}
local loading = {}	-- uid -> coroutines that wait for its profile

local CMD = {}

function CMD.get(uid)
	if cache[uid] then
		return cache[uid]
	end
	local waiting = loading[uid]
	if waiting then
		local co = coroutine.running()
		table.insert(waiting, co)
		skynet.send(".metrics", "lua", "count", "profile.shared")
		skynet.wait()
		return cache[uid]
	end
	loading[uid] = {}
	cache[uid] = skynet.call(".db", "lua", "load", uid)
	for _, co in ipairs(loading[uid]) do
		skynet.wakeup(co)
	end
	loading[uid] = nil
	return cache[uid]
end

function CMD.drop(uid)
	cache[uid] = nil
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".profiles"
end)
