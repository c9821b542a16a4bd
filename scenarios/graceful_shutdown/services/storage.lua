-- Keeps what the server saves, and permits its requests. Both take a moment.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register

local saves = {}	-- every state that was ever saved, and by whom
local lives = {}	-- server -> { signs = how often it was heard, late = how often after its save }

local handlers = {}

function handlers.load()
	local newest = saves[#saves]
	return newest and newest.state
end

function handlers.permit(_, name)
	skynet.sleep(math.random(0, 4))
	if name == "nobody" then
		return false, "no such name"
	end
	return true
end

function handlers.save(server, state)
	skynet.sleep(math.random(1, 5))
	table.insert(saves, { server = server, state = state })
	return true
end

function handlers.alive(server)
	local life = lives[server] or { signs = 0, late = 0 }
	lives[server] = life
	life.signs = life.signs + 1
	for _, save in ipairs(saves) do
		if save.server == server then
			life.late = life.late + 1
		end
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(session, source, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		local results = table.pack(handler(source, ...))
		if session ~= 0 then
			skynet.retpack(table.unpack(results, 1, results.n))
		end
	end)
	skynet.register ".storage"
end)
