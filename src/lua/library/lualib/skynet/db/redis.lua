-- skynet.db.redis: the calls of the module of that name, and a redis_server in this node behind them instead of
-- a socket. One server for each host and port; who connects first starts it, if the scenario has not. A server that
-- is gone is not started again: its clients get errors until somebody does.

local skynet = require "skynet"

local redis = {}

local command = {}
local meta = { __index = command }

local function name_of(address)
	return ".redis/" .. address
end

local function request(self, what, ...)
	local server = skynet.localname(name_of(self.address))
	if not server then
		error(("Connect to %s failed: no redis_server runs there"):format(self.address))
	end
	local ok, answer = skynet.call(server, "lua", what, self.database, ...)
	assert(ok, answer)
	return answer
end

-- db: { host, port, db }; user names, passwords and overload say nothing here.
function redis.connect(db)
	local address = ("%s:%d"):format(db.host, db.port or 6379)
	local connection = setmetatable({ address = address, database = 0 }, meta)
	if not skynet.getenv(name_of(address)) then
		skynet.newservice("redis_server", address)
	end
	request(connection, "command", { "ping", n = 1 })
	if db.db then
		connection:select(db.db)
	end
	return connection
end

function command:disconnect()
	setmetatable(self, nil)
end

-- db:get(key), db:set(key, value), db:set { key, value }, db:mget(..), whatever the server knows.
setmetatable(command, {
	__index = function(methods, name)
		local function method(self, first, ...)
			local list
			if first == nil then
				list = { name, n = 1 }
			elseif type(first) == "table" then
				list = table.move(first, 1, first.n or #first, 2, { name, n = (first.n or #first) + 1 })
			else
				list = table.pack(name, first, ...)
			end
			return request(self, "command", list)
		end
		methods[name] = method
		return method
	end,
})

function command:select(index)
	local answer = request(self, "command", { "select", index, n = 2 })
	self.database = math.tointeger(tonumber(index))
	return answer
end

function command:exists(key)
	return request(self, "command", { "exists", key, n = 2 }) ~= 0
end

function command:sismember(key, value)
	return request(self, "command", { "sismember", key, value, n = 3 }) ~= 0
end

-- ops: a list of { name, arguments.. }. With a table for the answers: { ok, out } each, and that table; without,
-- the last answer.
function command:pipeline(ops, answers)
	assert(ops and #ops > 0, "pipeline is null")
	local all = request(self, "pipeline", ops)
	if not answers then
		local last = all[#all]
		assert(last.ok, last.out)
		return last.out
	end
	return table.move(all, 1, #all, #answers + 1, answers)
end

return redis
