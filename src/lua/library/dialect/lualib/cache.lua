-- What a tutorial calls `require "cache"`: keys and values with a time to live, in the memory of its
-- service.

local skynet = require "skynet"

local cache = {}

local connection = {}
connection.__index = connection

function cache.connect(config)
	return setmetatable({ config = config, entries = {} }, connection)
end

function connection:set(key, value, seconds)
	self.entries[key] = { value = value, expires = seconds and skynet.time() + seconds }
	return true
end

function connection:get(key)
	local entry = self.entries[key]
	if entry and entry.expires and entry.expires <= skynet.time() then
		self.entries[key] = nil
		return nil
	end
	return entry and entry.value
end

return cache
