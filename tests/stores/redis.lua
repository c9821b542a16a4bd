-- Runs the commands of redis_commands.txt by skynet.db.redis, and prints the answers as record.py does.

local skynet = require "skynet"
local redis = require "skynet.db.redis"

-- Words between spaces; those in quotes may have spaces, or nothing, in them.
local function words(line)
	local found = {}
	local bare = line:gsub("'[^']*'", function(quoted)
		return (quoted:sub(2, -2):gsub(" ", "\1"):gsub("^$", "\2"))
	end)
	for word in bare:gmatch "%S+" do
		found[#found + 1] = word:gsub("\1", " "):gsub("\2", "")
	end
	return found
end

local function shown(value)
	if type(value) == "string" then
		return '"' .. value .. '"'
	elseif type(value) == "boolean" then
		return value and "1" or "0"
	end
	return tostring(value)
end

local function list(value, wanted, sorted)
	local texts = {}
	for n = 1, math.max(wanted, #value) do
		texts[n] = shown(value[n])
	end
	if sorted then
		table.sort(texts)
	end
	return "[" .. table.concat(texts, " ") .. "]"
end

skynet.start(function()
	local db = redis.connect { host = "127.0.0.1" }
	for line in io.lines "redis_commands.txt" do
		local sorted, command = line:match "^(~?)(.*)$"
		local args = words(command)
		local name = table.remove(args, 1)
		if name == "sleep" then
			skynet.sleep(math.tointeger(tonumber(args[1])) // 10)
		elseif name:sub(1, 1) ~= "#" then
			local answers = db:pipeline({ { name, table.unpack(args) } }, {})
			local answer = answers[1]
			local text
			if not answer.ok then
				text = "error: " .. answer.out
			elseif type(answer.out) == "table" then
				-- A list may end in nothing.
				local wanted = (name == "mget" and #args) or (name == "hmget" and #args - 1) or 0
				text = list(answer.out, wanted, sorted == "~")
			else
				text = shown(answer.out)
			end
			print(command .. " -> " .. text)
		end
	end
end)
