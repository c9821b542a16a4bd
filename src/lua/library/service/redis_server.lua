-- A Redis as a service: what skynet.db.redis of skysim talks to. Keys end in virtual time, at the tick at which
-- they should. Nothing is kept when the service ends: it is a cache.
--
-- redis_server [ADDRESS]: clients of this address (default 127.0.0.1:6379) come to it, by the name .redis/ADDRESS.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local redis = require "stores.redis"

local name = ".redis/" .. (... or "127.0.0.1:6379")

local function now()
	return math.floor(skynet.time() * 1000 + 0.5)
end

local server = redis.new(now)
local armed	-- when the next timer comes, in milliseconds

-- A timer for the key that ends first. One that comes too early does no harm.
local function arm()
	local soonest = server:soonest()
	if not soonest or (armed and armed <= soonest) then
		return
	end
	armed = soonest
	skynet.timeout(math.max((soonest - now() + 9) // 10, 1), function()
		if armed == soonest then
			armed = nil
			server:sweep()
			arm()
		end
	end)
end

-- One command: { name, arguments.. }.
local function execute(database, command)
	local args = {}
	for n = 2, command.n or #command do
		if command[n] == nil then
			return false, "ERR Protocol error: invalid bulk length"
		end
		args[n - 1] = tostring(command[n])
	end
	return server:execute(database, tostring(command[1]), args)
end

local requests = {}

function requests.command(database, command)
	return execute(database, command)
end

-- Several, one after the other: a list of { ok, out }.
function requests.pipeline(database, commands)
	local answers = {}
	for n, command in ipairs(commands) do
		local ok, out = execute(database, command)
		answers[n] = { ok = ok, out = out }
	end
	return true, answers
end

skynet.start(function()
	skynet.register(name)
	if skynet.localname(name) ~= skynet.self() then
		-- Another one was quicker.
		skynet.timeout(0, skynet.exit)
		return
	end
	-- From now on a client that finds nobody knows that the server is down.
	if not skynet.getenv(name) then
		skynet.setenv(name, "known")
	end
	skynet.dispatch("lua", function(_, _, request, ...)
		skynet.retpack(requests[request](...))
		arm()
	end)
end)
