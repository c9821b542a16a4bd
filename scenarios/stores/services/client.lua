-- Somebody who moves money and looks at balances, and writes down what he was told.

local skynet = require "skynet"

local ACCOUNTS = ".accounts"
local NAMES = { "ann", "bob", "cleo" }
local PAUSE = 30	-- ticks at most between two questions

local me = ...
local history = {}
local asked = 0

local function ask(entry, ...)
	asked = asked + 1
	entry.began = skynet.now()
	local answers = table.pack(skynet.call(ACCOUNTS, "lua", ...))
	entry.ended = skynet.now()
	table.insert(history, entry)
	return table.unpack(answers, 1, answers.n)
end

local function transfer(number)
	local source = math.random(#NAMES)
	local target = (source + math.random(#NAMES - 1) - 1) % #NAMES + 1
	local entry = {
		id = me .. number, source = NAMES[source], target = NAMES[target], amount = math.random(60),
	}
	entry.done, entry.versions = ask(entry, "transfer", entry.id, entry.source, entry.target, entry.amount)
end

local function look()
	local entry = { name = NAMES[math.random(#NAMES)] }
	entry.balance, entry.version = ask(entry, "balance", entry.name)
end

local handlers = {}

function handlers.play(count)
	for number = 1, count do
		if math.random(2) == 1 then
			transfer(number)
		else
			look()
		end
		skynet.sleep(math.random(PAUSE))
	end
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
