-- The second level: a Redis that all fronts share, as one of them sees it. Each key is a sorted set of entries by their
-- version, of which the last one counts. So whoever comes late with an older value hides nothing: no script is needed,
-- nor a look before the write.
--
-- All raise an error if the Redis cannot be reached, and may wait for it for ever.

local skynet = require "skynet"
local redis = require "skynet.db.redis"

local shared = {}
shared.__index = shared

-- Entries live for so many ticks, from the moment at which somebody thought of telling them.
function shared.new(host, ticks)
	return setmetatable({ host = host, ticks = ticks, connection = nil }, shared)
end

local function connect(self)
	self.connection = self.connection or redis.connect { host = self.host, port = 6379 }
	return self.connection
end

-- What leaves this process says time by the wall clock, in ticks.
local function now()
	return math.floor(skynet.time() * 100 + 0.5)
end

-- "moment version value". Of two with the same version the one that lasts longer sorts last.
local MEMBER = "%012d %d %s"
local MEMBER_PATTERN = "^(%d+) (%d+) (.)(.*)$"

local function pack(entry, expires)
	local value = entry.value
	local text = value == nil and "-" or (math.type(value) == "integer" and "i" or "s") .. value
	return MEMBER:format(expires, entry.version, text)
end

local function unpack_member(member)
	local expires, version, kind, text = member:match(MEMBER_PATTERN)
	local value
	if kind == "i" then
		value = math.tointeger(text)
	elseif kind == "s" then
		value = text
	end
	return { value = value, version = math.tointeger(version) }, math.tointeger(expires)
end

-- When an entry ends that is told now. It is a moment and no span: who knows how long the message is on its way.
function shared:expiry()
	return now() + self.ticks
end

-- The newest entry, nil if it is over or there is none.
function shared:find(key)
	local newest = connect(self):zrevrange("cache:" .. key, 0, 0)[1]
	if not newest then
		return nil
	end
	local entry, expires = unpack_member(newest)
	return now() < expires and entry or nil
end

-- Tells an entry, which ends at a moment.
function shared:put(key, entry, expires)
	local name = "cache:" .. key
	local answers = connect(self):pipeline({
		{ "zadd", name, entry.version, pack(entry, expires) },
		-- Longer than any entry: the newest must be there until all that are older are over, or they would come to light.
		{ "pexpire", name, 2 * 10 * self.ticks },
		{ "zrevrange", name, 1, -1 },
	}, {})
	for _, answer in ipairs(answers) do
		assert(answer.ok, answer.out)
	end
	-- Those that are hidden are of no use. The newest stays, whichever that is by now.
	local hidden = answers[3].out
	if #hidden > 0 then
		self.connection:zrem { name, table.unpack(hidden) }
	end
	return true
end

return shared
