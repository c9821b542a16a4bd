-- Changes two keys together, asks for saves, looks at what is saved, and keeps a book of what it was told.

local skynet = require "skynet"

local SERVER = ".structured"
local PATIENCE = 300	-- ticks: the server may be killed while we wait

local round = 0
local promised, number = 0, 0	-- the newest round that was saved, and the number of the save, as far as we were told
local looks = {}	-- { left, right, number, promised, promised_number }: what was stored, and what had been promised before
local answers = { saved = 0, refused = 0, nothing = 0 }

-- Asks a server in this life of it. Nothing if there is none, or it says nothing.
local function ask(server, ...)
	if server then
		for _, response in skynet.request { server, "lua", ... }:select(PATIENCE) do
			if response then
				return response[1], response[2]
			end
		end
	end
end

local function save(server)
	local result = ask(server, "save")
	if result then
		answers.saved = answers.saved + 1
		promised, number = round, result
	elseif result == false then
		answers.refused = answers.refused + 1
	else
		answers.nothing = answers.nothing + 1
	end
end

local function look(server)
	local before, before_number = promised, number
	local values, stored = ask(server, "stored")
	if values then
		table.insert(looks, {
			left = values.left or 0, right = values.right or 0, number = stored,
			promised = before, promised_number = before_number,
		})
	end
	return values ~= nil
end

local handlers = {}

function handlers.work(count)
	for _ = 1, count do
		local server = skynet.localname(SERVER)
		round = round + 1
		if ask(server, "set_all", { left = round, right = round }) then
			save(server)
		end
		look(skynet.localname(SERVER))
		skynet.sleep(math.random(30))
	end
	return true
end

function handlers.look()
	return look(skynet.localname(SERVER))
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
