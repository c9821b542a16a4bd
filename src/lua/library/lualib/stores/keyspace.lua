-- The keys of one Redis database: what kind of value each has, and when it ends. A key that has ended is not
-- there, whether somebody has swept it away or not.

local keyspace = {}
keyspace.__index = keyspace

local WRONG_KIND = "WRONGTYPE Operation against a key holding the wrong kind of value"

-- now: a function that gives the time in milliseconds.
function keyspace.new(now)
	return setmetatable({
		now = now,
		entries = {},
		soonest = nil,	-- no key ends before
	}, keyspace)
end

-- The entry of a key: { kind, value, ends }.
function keyspace:find(key)
	local entry = self.entries[key]
	if entry and entry.ends and entry.ends <= self.now() then
		self.entries[key] = nil
		return nil
	end
	return entry
end

-- The value of a key if it is of a kind, nil if there is none.
function keyspace:get(key, kind)
	local entry = self:find(key)
	if entry and entry.kind ~= kind then
		error({ WRONG_KIND })
	end
	return entry and entry.value
end

-- As get, and made if there is none.
function keyspace:make(key, kind, value)
	local found = self:get(key, kind)
	if found == nil then
		self:put(key, kind, value)
		return value
	end
	return found
end

-- Replaces whatever is there.
function keyspace:put(key, kind, value, ends)
	local entry = { kind = kind, value = value }
	self.entries[key] = entry
	self:end_at(entry, ends)
end

-- Says when an entry ends; never if nil.
function keyspace:end_at(entry, ends)
	entry.ends = ends
	if ends and (not self.soonest or ends < self.soonest) then
		self.soonest = ends
	end
end

-- Changes a value and leaves the rest as it is.
function keyspace:change(key, kind, value)
	local entry = self:find(key)
	if entry then
		entry.value = value
	else
		self:put(key, kind, value)
	end
end

function keyspace:remove(key)
	local there = self:find(key) ~= nil
	self.entries[key] = nil
	return there
end

function keyspace:clear()
	self.entries, self.soonest = {}, nil
end

-- Goes over the keys that are there.
function keyspace:each()
	local entries, key = self.entries, nil
	local now = self.now()
	return function()
		local entry
		repeat
			key, entry = next(entries, key)
		until not entry or not entry.ends or entry.ends > now
		return key, entry
	end
end

-- Removes what has ended.
function keyspace:sweep()
	local now = self.now()
	self.soonest = nil
	for key, entry in pairs(self.entries) do
		if entry.ends and entry.ends <= now then
			self.entries[key] = nil
		else
			self:end_at(entry, entry.ends)
		end
	end
end

return keyspace
