-- Stands before another service that may fail: counts its errors, and when there are
-- too many in a while, drops the connection and makes a new one.
--
--   local database = guard.new(".database")
--   database:start()
--   local ok, value = database:call("get", "gold")	-- false and a reason if it fails
--
-- What the other service must do: answer `connect` with true and a session, any other
-- command (its first argument is the session) with true and values, or false and a reason.

local skynet = require "skynet"
local error_window = require "error_window"

-- Ticks of 10 ms.
local CALL_TIMEOUT = 50
local MAX_ERRORS, WINDOW = 5, 1000	-- so many errors in so long, and we connect anew
local BACKOFF_MIN, BACKOFF_MAX = 10, 320

local guard = {}
guard.__index = guard

function guard.new(address)
	return setmetatable({
		address = address,
		errors = error_window.new(MAX_ERRORS, WINDOW),
		connection = nil,	-- { session } while there is one; each connection is another table
		recovering = false,
		backoff = BACKOFF_MIN,
		recoveries = 0,
		attempts = 0,
	}, guard)
end

-- A call that ends: with what the service answers, or false and a reason.
local function ask(address, ...)
	for _, response in skynet.request { address, "lua", ... }:select(CALL_TIMEOUT) do
		if not response then
			return false, "failed"
		end
		return table.unpack(response, 1, response.n)
	end
	return false, "no answer"
end

-- Half of the pause is by chance. If it were not, all who lost the same service would
-- come back to it at the same moment.
local function pause(backoff)
	skynet.sleep(backoff // 2 + math.random(0, backoff // 2))
end

-- Tries until there is a connection. Runs once at a time: `recovering` says so.
function guard:recover()
	while true do
		self.attempts = self.attempts + 1
		local ok, session = ask(self.address, "connect")
		if ok then
			self.connection = { session = session }
			self.errors:clear()
			self.recovering = false
			return
		end
		pause(self.backoff)
		self.backoff = math.min(self.backoff * 2, BACKOFF_MAX)
	end
end

-- The first connection. Whoever calls meanwhile hears "not connected".
function guard:start()
	assert(not self.connection and not self.recovering)
	self.recovering = true
	skynet.fork(self.recover, self)
end

function guard:failed(connection, reason)
	-- Many calls may be on their way at once, and those of a connection that is gone
	-- fail one by one after it. They say nothing about the new one.
	if connection ~= self.connection then
		return
	end
	if not self.errors:record(skynet.now()) then
		return
	end
	skynet.error(string.format("%s: %d errors, the last one: %s; connecting anew", self.address, MAX_ERRORS, reason))
	self.connection = nil
	self.recovering = true
	self.recoveries = self.recoveries + 1
	skynet.fork(function()
		pause(self.backoff)
		self.backoff = math.min(self.backoff * 2, BACKOFF_MAX)
		self:recover()
	end)
end

-- Fails at once while there is no connection: whoever waits for a service that is
-- down only makes the queue longer that it will find when it is back.
function guard:call(command, ...)
	local connection = self.connection
	if not connection then
		return false, "not connected"
	end
	local result = table.pack(ask(self.address, command, connection.session, ...))
	if not result[1] then
		self:failed(connection, result[2])
	elseif connection == self.connection then
		-- Only work that is done ends the back-off. A service that accepts connections
		-- and then does nothing would be connected to for ever, at the shortest pause.
		self.backoff = BACKOFF_MIN
	end
	return table.unpack(result, 1, result.n)
end

return guard
